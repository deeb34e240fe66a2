// SPDX-License-Identifier: MIT
// expect: evomlp: BCEWithLogitsLoss and CrossEntropyLoss take logits and apply sigmoid or softmax themselves
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  Model<Sequential<Linear<2, 3>, Softmax>> model(init::he_normal(), 1);
  State state(model, Adam{}, {.max_batch = 4});
  auto y = make_labels(4);
  y.fill(1);
  train_step(model, state, CrossEntropyLoss{}, make_matrix<float>(4, 2), y);
}
