// SPDX-License-Identifier: MIT
// The tent map composed with itself: easy for depth, hard for width. (Telgarsky 2015)
#pragma once

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

namespace lab {

/// T(T(… T(x))), `times` times, of T(x) = 1 − |1 − 2x| on [0, 1]: 2^times straight pieces between 0 and 1.
inline double tent(double x, int times) {
  for (int i = 0; i < times; ++i) x = 2 * std::min(x, 1 - x);
  return x;
}

/// Six hidden layers of three ReLUs, 70 parameters, and one of 64, 193 parameters.
using DeepTent = evomlp::Sequential<evomlp::Linear<1, 3>, evomlp::ReLU,
                                    evomlp::Repeat<5, evomlp::Linear<3, 3>, evomlp::ReLU>, evomlp::Linear<3, 1>>;
using WideTent = evomlp::Sequential<evomlp::Linear<1, 64>, evomlp::ReLU, evomlp::Linear<64, 1>>;

/// The tent map composed 6 times, a layer for each: T(x) = 2 r(x) − 4 r(x − ½) + 2 r(x − 1) with r = ReLU, so a layer's
/// three units are r(h), r(h − ½), r(h − 1) of what the one before it makes, h. On [0, 1] the third is always 0.
inline void construct(evomlp::Model<DeepTent, double>& model) {
  constexpr double from[] = {2, -4, 2}, threshold[] = {0, 0.5, 1};
  const auto layer = [&](const std::string& path, bool is_first) {
    auto weight = evomlp::parameter(model, path + ".weight"), bias = evomlp::parameter(model, path + ".bias");
    for (std::size_t unit = 0; unit < weight.shape()[0]; ++unit) {
      for (std::size_t in = 0; in < weight.shape()[1]; ++in) weight(unit, in) = is_first ? 1 : from[in];
      bias(unit, 0) = -threshold[unit];
    }
  };
  layer("0", true);
  for (const char* const path : {"2.0", "2.2", "2.4", "2.6", "2.8", "3"}) layer(path, false);
}

/// The same in one layer, Σ c r(x − k/64) for k = 0 … 63: slope 64, then −128 or 128 more at each of the 63 corners.
/// Each corner takes a unit. With no other unit the slope at 0, a sum of the corners' ±128, could not be 64.
inline void construct(evomlp::Model<WideTent, double>& model) {
  auto in = evomlp::parameter(model, "0.weight"), threshold = evomlp::parameter(model, "0.bias");
  auto out = evomlp::parameter(model, "2.weight");
  for (std::size_t k = 0; k < 64; ++k) {
    in(k, 0) = 1;
    threshold(k, 0) = -static_cast<double>(k) / 64;
    out(0, k) = k == 0 ? 64 : k % 2 == 1 ? -128 : 128;
  }
  evomlp::parameter(model, "2.bias").fill(0);
}

/// In how many pieces these values, in order, go up or down.
template <class Values>
int monotone_pieces(const Values& values) {
  int pieces = 0, before = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const int direction = values[i] > values[i - 1] ? 1 : values[i] < values[i - 1] ? -1 : before;
    pieces += direction != before ? 1 : 0;
    before = direction;
  }
  return pieces;
}

}  // namespace lab
