// SPDX-License-Identifier: MIT
// expect: NotKept
#include "evomlp/evomlp.hpp"

using namespace evomlp;

/// y = exp(x), and a way back that reads y, which a layer with any_destination isn't given.
struct Exp {
  static constexpr std::size_t in_features = 2, out_features = 2;
  static constexpr bool any_destination = true;
  static void predict(auto, auto x, auto y) {
    kernels::each(y, [](auto v) { return exp(v); }, x);
  }
  static void backward(auto, auto, auto, auto y, auto dy, auto dx) {
    kernels::each(dx, [](auto d, auto e) { return d * e; }, dy, y);
  }
};

int main() {
  Model<Sequential<Exp, Tanh>> model;
  State state(model, SGD{});
  const auto x = make_matrix<float>(4, 2);
  return static_cast<int>(train_step(model, state, MSELoss{}, x, x));
}
