// SPDX-License-Identifier: MIT
// tiny-dnn with its AVX backend. Its training loop is its own, so the clock ticks in the callback after each batch.
#include "../workloads.hpp"

#define CNN_USE_AVX
#define CNN_USE_OMP
#include <tiny_dnn/tiny_dnn.h>

namespace {

struct TimeIsUp {};

tiny_dnn::network<tiny_dnn::sequential> build(const bench::Workload& workload) {
  tiny_dnn::network<tiny_dnn::sequential> net;
  for (int i = 0; i < workload.layers(); ++i) {
    const auto in = static_cast<tiny_dnn::serial_size_t>(workload.in(i));
    const auto out = static_cast<tiny_dnn::serial_size_t>(workload.out(i));
    if (workload.has_relu(i))
      net << tiny_dnn::fully_connected_layer<tiny_dnn::activation::relu>(in, out);
    else if (workload.binary())
      net << tiny_dnn::fully_connected_layer<tiny_dnn::activation::sigmoid>(in, out);
    else
      net << tiny_dnn::fully_connected_layer<tiny_dnn::activation::softmax>(in, out);
  }
  net.init_weight();
  return net;
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Contender contender("tiny-dnn", PEER_VERSION, argc, argv);
  const bench::Workload& workload = contender.workload();
  if (workload.residual) contender.unable("no residual connections in its sequential networks");
  if (workload.batch_norm) contender.unable("its BatchNorm has no scale and shift");
  auto net = build(workload);
  std::size_t parameters = 0;
  for (std::size_t i = 0; i < net.layer_size(); ++i)
    for (const tiny_dnn::vec_t* each : net[i]->weights()) parameters += each->size();
  contender.require_parameters(parameters);

  std::vector<tiny_dnn::vec_t> x;
  std::vector<tiny_dnn::label_t> labels;
  std::vector<tiny_dnn::vec_t> targets;
  {
    const bench::Data data(workload);
    for (std::size_t i = 0; i < data.labels.size(); ++i) {
      x.emplace_back(data.sample(i), data.sample(i + 1));
      labels.push_back(static_cast<tiny_dnn::label_t>(data.labels[i]));
      targets.emplace_back(1, static_cast<float>(data.labels[i]));
    }
  }
  const auto batch = static_cast<std::size_t>(workload.batch);

  if (!workload.training) {
    std::vector<std::vector<tiny_dnn::tensor_t>> batches(static_cast<std::size_t>(workload.batches()));
    for (std::size_t i = 0; i < batches.size() * batch; ++i) batches[i / batch].push_back({x[i]});
    bench::time_predictions(
        contender, [&](std::size_t i) { net.predict(x[i]); }, [&](std::size_t i) { net.predict(batches[i]); });
    return 0;
  }
  tiny_dnn::adam adam;
  bench::StepClock clock(contender);
  const auto after_batch = [&] {
    if (clock.done()) throw TimeIsUp{};
  };
  const auto after_epoch = [] {};
  const int epochs = 1 << 30;
  try {
    if (workload.binary())
      net.fit<tiny_dnn::cross_entropy>(adam, x, targets, batch, epochs, after_batch, after_epoch, true,
                                       contender.threads());
    else
      net.train<tiny_dnn::cross_entropy_multiclass>(adam, x, labels, batch, epochs, after_batch, after_epoch, true,
                                                    contender.threads());
  } catch (const TimeIsUp&) {
  }
}
