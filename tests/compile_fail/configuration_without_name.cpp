// SPDX-License-Identifier: MIT
// expect: evomlp: a configuration of run_experiments needs a name
#include "evomlp/evomlp.hpp"

#include <cstdint>
#include <vector>

int main() {
  evomlp::run_experiments(std::vector<int>{2, 8}, {}, [](int depth, std::uint64_t) { return depth; });
}
