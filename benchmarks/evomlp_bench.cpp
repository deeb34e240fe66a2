// SPDX-License-Identifier: MIT
// Whole training steps and predictions through the public face, timed: evomlp_bench WORKLOAD [--threads N] [--budget
// S]. Prints `evomlp WORKLOAD THREADS METRIC VALUE UNIT`, a line for each metric, so that it can take turns with other
// programs that print the same.
//
//   W1   residual 2, 8 × [x + 5 ReLU(32 → 32)], 1; batch 32, BCE     W4   784-2048-2048-10, batch 256, cross-entropy
//   W1p  the same without residuals                                  W5   prediction with W2's net, batch 1 and 256
//   W2   784-128-64-32-16-10, batch 64, cross-entropy                W5p  prediction with W1p's net
//   W3   22 layers with BatchNorm, batch 64, cross-entropy           W5r  prediction with W1's net
//
// Every step is complete: forward, loss, backward, BatchNorm statistics, Adam. The data is random, made before the
// clock starts; batches are taken in order. Steps are timed in slices of half a millisecond, and the median slice is
// printed.
#include <CLI/CLI.hpp>
#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

using namespace evomlp;

namespace {

using Residual = ResidualBlock<5.0, Linear<32, 32>, ReLU>;
using W1 = Sequential<Linear<2, 32>, Repeat<8, Residual>, Linear<32, 1>>;
using W1p = Sequential<Linear<2, 32>, ReLU, Repeat<7, Linear<32, 32>, ReLU>, Linear<32, 1>>;
using W2 = Sequential<Linear<784, 128>, ReLU, Linear<128, 64>, ReLU, Linear<64, 32>, ReLU, Linear<32, 16>, ReLU,
                      Linear<16, 10>>;
template <std::size_t In, std::size_t Out>
using Hidden = Sequential<Linear<In, Out>, ReLU, BatchNorm1d<Out>>;
using W3 =
    Sequential<Hidden<784, 784>, Hidden<784, 1024>, Hidden<1024, 1024>, Hidden<1024, 2048>, Hidden<2048, 512>,
               Hidden<512, 512>, Hidden<512, 256>, Hidden<256, 256>, Hidden<256, 128>, Repeat<2, Hidden<128, 128>>,
               Hidden<128, 64>, Repeat<2, Hidden<64, 64>>, Hidden<64, 32>, Repeat<2, Hidden<32, 32>>, Hidden<32, 16>,
               Repeat<2, Hidden<16, 16>>, Hidden<16, 12>, Linear<12, 10>>;
using W4 = Sequential<Linear<784, 2048>, ReLU, Linear<2048, 2048>, ReLU, Linear<2048, 10>>;
static_assert(W3::num_parameters == 6179334);

struct Options {
  std::string workload;
  int threads = 1;
  double budget = 1;
};

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void print(const Options& options, const char* metric, double value, const char* unit) {
  std::printf("evomlp %s %d %s %.6g %s\n", options.workload.c_str(), options.threads, metric, value, unit);
}

/// Normal inputs; targets 0 and 1, or labels.
template <class Net, class Target>
Dataset<float, Target> make_data(std::size_t n) {
  constexpr bool labels = Dataset<float, Target>::has_labels;
  const Random random(1, Stream::data);
  std::vector<float> pool(1 << 16);
  for (std::size_t i = 0; i < pool.size(); ++i) pool[i] = static_cast<float>(random.normal(i));
  Dataset<float, Target> data;
  data.x = make_matrix<float>(n, Net::in_features);
  for (std::size_t i = 0; i < data.x.size(); ++i) data.x.data()[i] = pool[random.bits(i) % pool.size()];
  const Random choice(2, Stream::data);
  if constexpr (labels) {
    data.y = make_labels(n);
    for (std::size_t i = 0; i < n; ++i) data.y(i) = static_cast<std::int32_t>(choice.below(i, Net::out_features));
  } else {
    data.y = make_matrix<float>(n, 1);
    for (std::size_t i = 0; i < n; ++i) data.y(i, 0) = static_cast<float>(choice.below(i, 2));
  }
  return data;
}

template <class Net, class Target, class L>
void train(const Options& options, std::size_t batch, std::size_t n, const L& loss) {
  const auto data = make_data<Net, Target>(n);
  Model<Net> model(init::he_uniform(), 3);
  State state(model, Adam{}, {.max_batch = static_cast<int>(batch)});
  std::size_t at = 0;
  const auto step = [&] {
    if (at + batch > n) at = 0;
    const auto x = detail::tensor_view(data.x.data() + at * Net::in_features, batch, Net::in_features);
    if constexpr (Dataset<float, Target>::has_labels)
      train_step(model, state, loss, x,
                 xt::adapt(data.y.data() + at, batch, xt::no_ownership(), std::array<std::size_t, 1>{batch}));
    else
      train_step(model, state, loss, x, detail::tensor_view(data.y.data() + at, batch, 1));
    at += batch;
  };

  long warm = 0;
  const double begin = now();
  do step(), ++warm;
  while (now() - begin < 0.25 * options.budget && warm < 3000);
  const long slice = (std::max)(1L, static_cast<long>(0.5e-3 * static_cast<double>(warm) / (now() - begin)));
  std::vector<double> seconds;
  const double start = now();
  while (now() - start < options.budget || seconds.size() < 3) {
    const double mark = now();
    for (long i = 0; i < slice; ++i) step();
    seconds.push_back((now() - mark) / static_cast<double>(slice));
  }
  print(options, "step_us", median(seconds) * 1e6, "us");
  print(options, "epoch_ms", median(seconds) * 1e3 * static_cast<double>(n) / static_cast<double>(batch), "ms");
}

template <class Net>
void infer(const Options& options) {
  constexpr std::size_t n = 4096, batch = 256;
  const auto data = make_data<Net, Labels>(n);
  const Model<Net> model(init::he_uniform(), 3);
  std::array<float, Net::out_features> y;
  const auto one = [&](std::size_t i) {
    predict(model, std::span<const float, Net::in_features>(data.x.data() + i % n * Net::in_features, Net::in_features),
            y);
  };
  for (std::size_t i = 0; i < 200; ++i) one(i);
  std::vector<double> seconds;
  seconds.reserve(4000000);
  double start = now();
  for (std::size_t i = 0; now() - start < 0.6 * options.budget && seconds.size() < 3900000; ++i) {
    const double mark = now();
    one(i);
    seconds.push_back(now() - mark);
  }
  std::sort(seconds.begin(), seconds.end());
  print(options, "b1_median_ns", seconds[seconds.size() / 2] * 1e9, "ns");
  print(options, "b1_p99_ns", seconds[seconds.size() * 99 / 100] * 1e9, "ns");

  Workspace<Net> workspace(static_cast<int>(batch));
  const auto many = [&](std::size_t i) {
    const std::size_t at = i % (n / batch) * batch;
    predict(model, detail::tensor_view(data.x.data() + at * Net::in_features, batch, Net::in_features), workspace);
  };
  for (std::size_t i = 0; i < 5; ++i) many(i);
  seconds.clear();
  start = now();
  for (std::size_t i = 0; now() - start < 0.6 * options.budget; ++i) {
    const double mark = now();
    many(i);
    seconds.push_back(now() - mark);
  }
  print(options, "b256_samples_s", static_cast<double>(batch) / median(seconds), "1/s");
}

const std::map<std::string, std::function<void(const Options&)>> workloads{
    {"W1", [](const Options& o) { train<W1, float>(o, 32, 1000, BCEWithLogitsLoss{}); }},
    {"W1p", [](const Options& o) { train<W1p, float>(o, 32, 1000, BCEWithLogitsLoss{}); }},
    {"W2", [](const Options& o) { train<W2, Labels>(o, 64, 60000, CrossEntropyLoss{}); }},
    {"W3", [](const Options& o) { train<W3, Labels>(o, 64, 6400, CrossEntropyLoss{}); }},
    {"W4", [](const Options& o) { train<W4, Labels>(o, 256, 6400, CrossEntropyLoss{}); }},
    {"W5", infer<W2>},
    {"W5p", infer<W1p>},
    {"W5r", infer<W1>},
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  std::vector<std::string> names;
  for (const auto& entry : workloads) names.push_back(entry.first);
  CLI::App app("Times training steps and predictions through EvoMLP's public face.");
  app.add_option("workload", options.workload, "what to time")->required()->check(CLI::IsMember(names));
  app.add_option("--threads", options.threads, "printed in each line; BLAS reads OPENBLAS_NUM_THREADS")
      ->capture_default_str();
  app.add_option("--budget", options.budget, "seconds to measure")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  workloads.at(options.workload)(options);
}
