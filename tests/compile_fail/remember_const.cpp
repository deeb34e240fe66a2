// SPDX-License-Identifier: MIT
// expect: evomlp: a memory was given something const, which can't be read back
#include "evomlp/io/remember.hpp"

struct Counter {
  const int count = 1;
  void remember(auto& memory) { memory("count", count); }
};

int main() {
  evomlp::TensorFileWriter writer;
  evomlp::MemoryWriter memory(writer);
  memory("counter", Counter{});
}
