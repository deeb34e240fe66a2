// SPDX-License-Identifier: MIT
// expect: evomlp: a memory takes numbers, enums, strings, vectors and spans of them, vectors of vectors, optionals, and types with `void remember(auto& memory)`
#include "evomlp/io/remember.hpp"

#include <map>

struct Counter {
  std::map<int, int> counts;
  void remember(auto& memory) { memory("counts", counts); }
};

int main() {
  evomlp::TensorFileWriter writer;
  evomlp::MemoryWriter memory(writer);
  memory("counter", Counter{});
}
