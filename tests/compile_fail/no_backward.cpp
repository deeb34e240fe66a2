// SPDX-License-Identifier: MIT
// expect: evomlp: this layer lacks `static void backward(auto self, auto grad, auto x, auto y, auto dy, auto dx)`
#include "evomlp/evomlp.hpp"

using namespace evomlp;

struct OnlyForward {
  static void predict(auto, auto, auto) {}
};

int main() { const Model<Sequential<Linear<2, 3>, OnlyForward>> model; }
