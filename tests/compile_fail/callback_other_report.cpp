// SPDX-License-Identifier: MIT
// expect: evomlp::fit: on_epoch of a callback must take (const EpochReport&) or (const EpochReport&, model, state)
#include "evomlp/evomlp.hpp"

using namespace evomlp;

struct Log {
  void on_begin(const BeginReport&) {}
  void on_epoch(EpochReport&) {}  // not const: would never be called
};

int main() {
  Model<Sequential<Linear<2, 1>>> model;
  const Dataset<float> data{make_matrix<float>(4, 2), make_matrix<float>(4, 1)};
  fit(model, data, MSELoss{}, SGD{}, {}, Log{});
}
