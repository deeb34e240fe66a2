// SPDX-License-Identifier: MIT
// expect: names a child that the layer does not declare in its table
#include "evomlp/evomlp.hpp"

using namespace evomlp;

struct Forgetful {
  static constexpr std::size_t in_features = 3, out_features = 3;
  static constexpr Child<"body", Linear<3, 3>> body{};  // in no table

  static void predict(auto self, auto x, auto y) { self[body].predict(x, y); }
  static void backward(auto, auto, auto, auto, auto, auto) {}
};

int main() {
  const Model<Sequential<Forgetful>> model;
  predict(model, make_matrix<float>(1, 3));
}
