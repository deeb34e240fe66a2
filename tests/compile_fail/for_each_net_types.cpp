// SPDX-License-Identifier: MIT
// expect: evomlp: for_each_net needs a function that returns the same type for each network
#include "evomlp/evomlp.hpp"

#include <cstdint>
#include <type_traits>

int main() {
  using evomlp::Linear;
  evomlp::for_each_net<Linear<1, 1>, Linear<2, 2>>({"a", "b"}, []<class Net>(std::uint64_t) {
    return std::conditional_t<std::is_same_v<Net, Linear<1, 1>>, int, double>(1);
  });
}
