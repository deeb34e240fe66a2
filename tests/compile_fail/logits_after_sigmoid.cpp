// SPDX-License-Identifier: MIT
// expect: evomlp: BCEWithLogitsLoss and CrossEntropyLoss take logits and apply sigmoid or softmax themselves
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  Model<Sequential<Linear<2, 8>, ReLU, Sequential<Linear<8, 1>, Sigmoid>>> model(init::he_normal(), 1);
  fit(model, make_moons(), BCEWithLogitsLoss{}, Adam{}, {.epochs = 1});
}
