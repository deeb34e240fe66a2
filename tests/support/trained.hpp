// SPDX-License-Identifier: MIT
// Models with numbers that a file must keep.
#pragma once

#include "evomlp/core/random.hpp"
#include "evomlp/init/init.hpp"
#include "evomlp/net/model.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

namespace evomlp_test {

/// Different numbers everywhere, as after training.
template <class Net, class T = float>
evomlp::Model<Net, T> trained(std::uint64_t seed = 1) {
  evomlp::Model<Net, T> model;
  std::uint64_t i = 0;
  const evomlp::Random random(seed, evomlp::Stream::data);
  for (const std::span<T> values : {model.parameters(), model.buffers()})
    for (T& value : values) value = static_cast<T>(random.normal(i++));
  return model;
}

/// The same, and four parameters that are easily changed on the way.
template <class Net, class T>
evomlp::Model<Net, T> trained_oddly() {
  auto model = trained<Net, T>();
  model.parameters()[0] = std::numeric_limits<T>::quiet_NaN();
  model.parameters()[1] = -std::numeric_limits<T>::infinity();
  model.parameters()[2] = -T(0);
  model.parameters()[3] = std::numeric_limits<T>::denorm_min();
  return model;
}

template <class Net, class T>
bool same_bits(const evomlp::Model<Net, T>& a, const evomlp::Model<Net, T>& b) {
  return std::memcmp(a.parameters().data(), b.parameters().data(), a.parameters().size_bytes()) == 0 &&
         std::memcmp(a.buffers().data(), b.buffers().data(), a.buffers().size_bytes()) == 0;
}

}  // namespace evomlp_test
