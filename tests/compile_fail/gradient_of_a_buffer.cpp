// SPDX-License-Identifier: MIT
// expect: takes a parameter or a child of the layer: nothing else has a gradient
#include "evomlp/evomlp.hpp"

using namespace evomlp;

struct Counts {
  static constexpr std::size_t in_features = 3, out_features = 3;
  static constexpr Buffer<"count", 1> count{};
  static constexpr auto buffers = table(count);

  static void predict(auto, auto, auto) {}
  static void backward(auto, auto grad, auto, auto, auto, auto) { grad[count]; }
};

int main() {
  const Model<Sequential<Counts>, double> model;
  gradcheck(model, MSELoss{}, make_matrix<double>(1, 3), make_matrix<double>(1, 3));
}
