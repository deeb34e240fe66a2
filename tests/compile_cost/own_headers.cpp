// SPDX-License-Identifier: MIT
// train_step of a net like Layers5<false>, with the headers that it needs instead of evomlp.hpp.
#include <evomlp/init/init.hpp>
#include <evomlp/layers/linear.hpp>
#include <evomlp/layers/relu.hpp>
#include <evomlp/layers/sequential.hpp>
#include <evomlp/losses/cross_entropy_loss.hpp>
#include <evomlp/optim/adam.hpp>
#include <evomlp/train/train_step.hpp>

using namespace evomlp;

using Net = Sequential<Linear<784, 128>, ReLU, Linear<128, 64>, ReLU, Linear<64, 32>, ReLU, Linear<32, 16>, ReLU,
                       Linear<16, 10>>;

int main() {
  Model<Net> model(init::he_uniform(), 3);
  State state(model, Adam{}, {.max_batch = 64});
  auto x = make_matrix<float>(64, Net::in_features);
  auto y = make_labels(64);
  x.fill(0.5f);
  y.fill(1);
  const double loss = train_step(model, state, CrossEntropyLoss{}, x, y);
  return loss > 0 && predict(model, x)(0, 1) > 0 ? 0 : 1;
}
