// SPDX-License-Identifier: MIT
// expect: evomlp: saved values exist in training only: write them in forward, read them in backward
#include "evomlp/evomlp.hpp"

using namespace evomlp;

struct Keeps {
  static constexpr std::size_t in_features = 3, out_features = 3;
  static constexpr SavedRows<"kept", 3> kept{};
  static constexpr auto saved = table(kept);

  static void predict(auto self, auto x, auto) {
    kernels::each(self[kept], [](auto v) { return v; }, x);
  }
  static void backward(auto, auto, auto, auto, auto, auto) {}
};

int main() {
  const Model<Sequential<Keeps>> model;
  predict(model, make_matrix<float>(1, 3));
}
