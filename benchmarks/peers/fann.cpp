// SPDX-License-Identifier: MIT
// FANN in single precision. It has neither ReLU nor mini-batches with Adam: only prediction, with its cheapest
// activation in the place of ReLU, one sample at a time.
#include "../workloads.hpp"

#include <floatfann.h>

int main(int argc, char** argv) {
  const bench::Contender contender("fann", PEER_VERSION, argc, argv);
  const bench::Workload& workload = contender.workload();
  if (workload.training) contender.unable("no mini-batches with Adam");
  if (workload.residual) contender.unable("no residual connections");
  if (contender.threads() > 1) contender.unable("one thread only");
  const std::vector<unsigned> widths(workload.widths.begin(), workload.widths.end());
  fann* net = fann_create_standard_array(static_cast<unsigned>(widths.size()), widths.data());
  contender.require_parameters(fann_get_total_connections(net));
  fann_set_activation_function_hidden(net, FANN_LINEAR_PIECE);
  fann_set_activation_function_output(net, FANN_LINEAR);

  bench::Data data(workload);
  const auto one = [&](std::size_t i) { fann_run(net, data.x.data() + i * data.features); };
  bench::time_predictions(contender, one, [&](std::size_t i) {
    for (std::size_t k = 0; k < data.batch; ++k) one(i * data.batch + k);
  });
  fann_destroy(net);
}
