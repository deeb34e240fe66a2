// SPDX-License-Identifier: MIT
// What fit costs above its steps, on a net whose step takes microseconds: a loop over train_step on the same batches,
// fit, fit with an empty callback, with all that is usual. `time/step` is what to compare. With
// --benchmark_repetitions=20 --benchmark_enable_random_interleaving the medians differ by less than the noise.
#include <benchmark/benchmark.h>
#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

using namespace evomlp;

namespace {

using Net = Sequential<Linear<2, 32>, ReLU, Repeat<8, ResidualBlock<0.1, Linear<32, 32>, ReLU>>, Linear<32, 1>>;
constexpr int epochs = 5, batch_size = 32;

struct Empty {
  void on_step(const StepReport&) const {}
  void on_epoch(const EpochReport&) const {}
};

const Dataset<float>& data() {
  static const auto moons = make_moons({.n_samples = 3200, .noise = 0.1, .seed = 1});
  return moons;
}

void count_steps(benchmark::State& bench) {
  const double steps = epochs * static_cast<double>(data().size()) / batch_size;
  bench.counters["time/step"] =
      benchmark::Counter(steps, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void loop_over_train_step(benchmark::State& bench) {
  for (auto _ : bench) {
    Model<Net> model(init::residual_scaled(), 1);
    State state(model, Adam{}, {.max_batch = batch_size});
    std::vector<std::size_t> order(data().size());
    auto x = make_matrix<float>(batch_size, 2), y = make_matrix<float>(batch_size, 1);
    for (int epoch = 0; epoch < epochs; ++epoch) {
      std::iota(order.begin(), order.end(), std::size_t{0});
      shuffle(order, Random(0, Stream::shuffle, static_cast<std::uint64_t>(epoch)));
      for (std::size_t first = 0; first < order.size(); first += batch_size) {
        data().gather(std::span<const std::size_t>(order).subspan(first, batch_size), x.data(), y.data());
        benchmark::DoNotOptimize(train_step(model, state, BCEWithLogitsLoss{}, x, y));
      }
    }
  }
  count_steps(bench);
}

template <class... Extras>
void fit_with(benchmark::State& bench) {
  for (auto _ : bench) {
    Model<Net> model(init::residual_scaled(), 1);
    benchmark::DoNotOptimize(
        fit(model, data(), BCEWithLogitsLoss{}, Adam{}, {.epochs = epochs, .batch_size = batch_size}, Extras{}...));
  }
  count_steps(bench);
}

BENCHMARK(loop_over_train_step)->Unit(benchmark::kMillisecond);
BENCHMARK(fit_with<>)->Name("fit")->Unit(benchmark::kMillisecond);
BENCHMARK(fit_with<Empty>)->Name("fit, empty callback")->Unit(benchmark::kMillisecond);
BENCHMARK(fit_with<StepLR, StopOnInterrupt, StopOnNaN>)->Name("fit, three extras")->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
