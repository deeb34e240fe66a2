// SPDX-License-Identifier: MIT
// expect: names something that the layer does not declare in its table
#include "evomlp/evomlp.hpp"

using namespace evomlp;

struct Forgetful {
  static constexpr std::size_t in_features = 3, out_features = 3;
  static constexpr Parameter<"gain", 3> gain{};
  static constexpr Parameter<"shift", 3> shift{};  // not in the table
  static constexpr auto parameters = table(gain);

  static void predict(auto self, auto x, auto y) {
    kernels::each(y, [](auto v, auto g, auto s) { return v * g + s; }, x, self[gain], self[shift]);
  }
  static void backward(auto, auto, auto, auto, auto, auto) {}
};

int main() {
  const Model<Sequential<Forgetful>> model;
  predict(model, make_matrix<float>(1, 3));
}
