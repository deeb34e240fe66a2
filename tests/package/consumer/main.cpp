// SPDX-License-Identifier: MIT
#include "net.hpp"

static_assert(evomlp::can_set_threads<> == CONSUMER_THREADS);

int main() {
  if (CONSUMER_THREADS) evomlp::threads(1);
  const auto data = evomlp::make_circles({.n_samples = 64, .seed = 1});
  evomlp::Model<Net> model(evomlp::init::he_normal(), 1);
  const double first = loss_of_one_step(model, data);
  const auto history = evomlp::fit(model, data, evomlp::BCEWithLogitsLoss{}, evomlp::Adam{.lr = 0.01}, {.epochs = 20});
  return history.loss.back() < first && evomlp::predict(model, data.x).shape()[0] == 64 ? 0 : 1;
}
