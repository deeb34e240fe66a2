// SPDX-License-Identifier: MIT
// expect: evomlp::fit: a callback has on_epoch_end, which is called on_epoch here
#include "evomlp/evomlp.hpp"

using namespace evomlp;

struct Log {
  void on_begin(const BeginReport&) {}
  void on_epoch_end(const EpochReport&) {}
};

int main() {
  Model<Sequential<Linear<2, 1>>> model;
  const Dataset<float> data{make_matrix<float>(4, 2), make_matrix<float>(4, 1)};
  fit(model, data, MSELoss{}, SGD{}, {}, Log{});
}
