// SPDX-License-Identifier: MIT
// expect: evomlp: for_each_net needs as many names as networks
#include "evomlp/evomlp.hpp"

#include <cstdint>

int main() {
  evomlp::for_each_net<evomlp::Linear<1, 1>, evomlp::Linear<2, 2>>({"a"}, []<class Net>(std::uint64_t) { return 1; });
}
