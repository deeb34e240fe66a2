// SPDX-License-Identifier: MIT
// expect: backward of a probe must take (const auto& node, auto x, auto y, auto dy, auto dx)
#include "evomlp/evomlp.hpp"

struct OneTooFew {
  void forward(const auto&, auto, auto) {}
  void backward(const auto&, auto, auto, auto) {}
};

double look(const evomlp::Model<evomlp::Sequential<evomlp::Linear<2, 1>>, double>& model, const xt::xtensor<double, 2>& x) {
  return evomlp::observe(model, evomlp::MSELoss{}, x, x, OneTooFew{});
}
