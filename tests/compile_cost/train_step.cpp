// SPDX-License-Identifier: MIT
// A net of mnist-depth/nets.hpp, named by -DNET=…, trained by train_step.
#include "../../examples/lab/mnist-depth/nets.hpp"

using namespace mnist_nets;

int main() {
  Model<NET> model(init::he_uniform(), 3);
  State state(model, Adam{}, {.max_batch = 64});
  auto x = make_matrix<float>(64, NET::in_features);
  auto y = make_labels(64);
  x.fill(0.5f);
  y.fill(1);
  const double loss = train_step(model, state, CrossEntropyLoss{}, x, y);
  return loss > 0 && predict(model, x)(0, 1) > 0 ? 0 : 1;
}
