// SPDX-License-Identifier: MIT
// Whole training steps and predictions through the public face, timed: evomlp_bench WORKLOAD [--threads N] [--budget
// S]. Prints `evomlp WORKLOAD THREADS METRIC VALUE UNIT`, a line for each metric, so that it can take turns with the
// programs of peers/, which print the same (scripts/compare-peers).
//
//   W1   residual 2, 8 × [x + 5 ReLU(32 → 32)], 1; batch 32, BCE     W4   784-2048-2048-10, batch 256, cross-entropy
//   W1p  the same without residuals                                  W5   prediction with W2's net, batch 1 and 256
//   W2   784-128-64-32-16-10, batch 64, cross-entropy                W5p  prediction with W1p's net
//   W3   22 layers with BatchNorm, batch 64, cross-entropy           W5r  prediction with W1's net
//
// Every step is complete: forward, loss, backward, BatchNorm statistics, Adam. The data is random, made before the
// clock starts; batches are taken in order.
#include "workload_nets.hpp"
#include "workloads.hpp"

#include <evomlp/evomlp.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

using namespace evomlp;

namespace {

using namespace bench::nets;
using bench::Contender;

template <class Net, class Loss>
void train(const Contender& contender, const Loss& loss) {
  contender.require_parameters(Net::num_parameters);
  const bench::Data data(contender.workload());
  const std::vector<float> targets(data.labels.begin(), data.labels.end());
  Model<Net> model(init::he_uniform(), 3);
  State state(model, Adam{}, {.max_batch = contender.workload().batch});
  double last = 0;
  bench::time_steps(contender, [&](std::size_t i) {
    const auto x = detail::tensor_view(data.samples_of(i), data.batch, data.features);
    if constexpr (std::is_same_v<Loss, CrossEntropyLoss>)
      last = train_step(model, state, loss, x,
                        xt::adapt(data.labels_of(i), data.batch, xt::no_ownership(), std::array{data.batch}));
    else
      last = train_step(model, state, loss, x, detail::tensor_view(targets.data() + i * data.batch, data.batch, 1));
  });
  if (!std::isfinite(last)) {  // such a step is cut short
    std::fprintf(stderr, "the loss is not finite\n");
    std::exit(1);
  }
}

template <class Net>
void infer(const Contender& contender) {
  contender.require_parameters(Net::num_parameters);
  const bench::Data data(contender.workload());
  const Model<Net> model(init::he_uniform(), 3);
  std::array<float, Net::out_features> y;
  [[maybe_unused]] volatile float seen = 0;  // nobody would miss a prediction that the compiler left out
  Workspace<Net> workspace(contender.workload().batch);
  bench::time_predictions(
      contender,
      [&](std::size_t i) {
        predict(model, std::span<const float, Net::in_features>(data.sample(i), Net::in_features), y);
        seen = y[0];
      },
      [&](std::size_t i) {
        predict(model, detail::tensor_view(data.samples_of(i), data.batch, data.features), workspace);
      });
}

const std::map<std::string, std::function<void(const Contender&)>> runs{
    {"W1", [](const Contender& c) { train<W1>(c, BCEWithLogitsLoss{}); }},
    {"W1p", [](const Contender& c) { train<W1p>(c, BCEWithLogitsLoss{}); }},
    {"W2", [](const Contender& c) { train<W2>(c, CrossEntropyLoss{}); }},
    {"W3", [](const Contender& c) { train<W3>(c, CrossEntropyLoss{}); }},
    {"W4", [](const Contender& c) { train<W4>(c, CrossEntropyLoss{}); }},
    {"W5", infer<W2>},
    {"W5p", infer<W1p>},
    {"W5r", infer<W1>},
};

}  // namespace

int main(int argc, char** argv) {
  std::string version;
  for (const auto& [name, value] : environment()) version += (version.empty() ? "" : ", ") + name + ' ' + value;
  const Contender contender("evomlp", version, argc, argv);
  runs.at(contender.workload().name)(contender);
}
