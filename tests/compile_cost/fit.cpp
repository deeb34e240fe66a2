// SPDX-License-Identifier: MIT
// A net of mnist-depth/nets.hpp, named by -DNET=…, trained by fit.
#include "../../examples/lab/mnist-depth/nets.hpp"

using namespace mnist_nets;

int main() {
  Model<NET> model(init::he_uniform(), 3);
  Dataset<float, Labels> data{make_matrix<float>(64, NET::in_features), make_labels(64)};
  data.x.fill(0.5f);
  data.y.fill(1);
  const History history = fit(model, data, CrossEntropyLoss{}, Adam{}, {.epochs = 3, .batch_size = 64});
  return history.loss.back() > 0 && predict(model, data.x)(0, 1) > 0 ? 0 : 1;
}
