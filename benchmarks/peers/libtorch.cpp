// SPDX-License-Identifier: MIT
// LibTorch, PyTorch's C++ face: torch::nn::Sequential and torch::optim::Adam.
#include "../workloads.hpp"

#include <torch/torch.h>

namespace {

struct ResidualImpl : torch::nn::Module {
  explicit ResidualImpl(int width) : linear(register_module("linear", torch::nn::Linear(width, width))) {}
  torch::Tensor forward(const torch::Tensor& x) { return x + 5 * torch::relu(linear->forward(x)); }
  torch::nn::Linear linear;
};
TORCH_MODULE(Residual);

torch::nn::Sequential build(const bench::Workload& workload) {
  torch::nn::Sequential net;
  for (int i = 0; i < workload.layers(); ++i) {
    if (workload.residual && workload.has_relu(i)) {
      net->push_back(Residual(workload.out(i)));
      continue;
    }
    net->push_back(torch::nn::Linear(workload.in(i), workload.out(i)));
    if (!workload.has_relu(i)) continue;
    net->push_back(torch::nn::ReLU());
    if (workload.batch_norm) net->push_back(torch::nn::BatchNorm1d(workload.out(i)));
  }
  return net;
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Contender contender("libtorch", TORCH_VERSION, argc, argv);
  const bench::Workload& workload = contender.workload();
  bench::Data data(workload);
  torch::set_num_threads(contender.threads());
  torch::nn::Sequential net = build(workload);
  std::size_t parameters = 0;
  for (const torch::Tensor& each : net->parameters()) parameters += static_cast<std::size_t>(each.numel());
  contender.require_parameters(parameters);

  const torch::Tensor x = torch::from_blob(data.x.data(), {workload.samples, workload.widths.front()});
  const auto batch_of = [&](const torch::Tensor& all, std::size_t i) {
    return all.narrow(0, static_cast<std::int64_t>(i) * workload.batch, workload.batch);
  };
  if (!workload.training) {
    net->eval();
    const torch::InferenceMode no_gradients;
    bench::time_predictions(
        contender, [&](std::size_t i) { net->forward(x.narrow(0, static_cast<std::int64_t>(i), 1)); },
        [&](std::size_t i) { net->forward(batch_of(x, i)); });
    return 0;
  }
  const torch::Tensor labels = torch::from_blob(data.labels.data(), {workload.samples}, torch::kInt32);
  const torch::Tensor y =
      workload.binary() ? labels.to(torch::kFloat32).reshape({workload.samples, 1}) : labels.to(torch::kInt64);
  torch::optim::Adam adam(net->parameters(), torch::optim::AdamOptions(1e-3));
  bench::time_steps(contender, [&](std::size_t i) {
    adam.zero_grad();
    const torch::Tensor out = net->forward(batch_of(x, i));
    const torch::Tensor loss = workload.binary() ? torch::binary_cross_entropy_with_logits(out, batch_of(y, i))
                                                 : torch::cross_entropy_loss(out, batch_of(y, i));
    loss.backward();
    adam.step();
  });
}
