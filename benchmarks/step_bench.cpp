// SPDX-License-Identifier: MIT
// Training steps of nets that differ in what their time goes into (narrow products, BatchNorm, activations by exp), in
// float and double. (Products alone: sweep_bench. Larger nets: evomlp_bench.)
#include <benchmark/benchmark.h>
#include <evomlp/evomlp.hpp>

using namespace evomlp;

namespace {

template <class Layers, class T>
void step(benchmark::State& bench) {
  const auto rows = static_cast<std::size_t>(bench.range(0));
  Model<Layers, T> model(init::he_normal(), 1);
  State state(model, Adam{}, {.max_batch = static_cast<int>(rows)});
  auto x = make_matrix<T>(rows, Layers::in_features), y = make_matrix<T>(rows, Layers::out_features);
  const Random random(1, Stream::data);
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<T>(random.normal(i));
  for (std::size_t i = 0; i < y.size(); ++i) y.data()[i] = static_cast<T>(random.uniform(i));
  for (auto _ : bench) benchmark::DoNotOptimize(train_step(model, state, MSELoss{}, x, y));
}

using Narrow = Sequential<Linear<16, 32>, ReLU, Repeat<4, ResidualBlock<1, Linear<32, 32>, ReLU>>, Linear<32, 1>>;
using Normalised =
    Sequential<Linear<64, 128>, ReLU, BatchNorm1d<128>, Linear<128, 128>, ReLU, BatchNorm1d<128>, Linear<128, 10>>;
using Smooth = Sequential<Linear<64, 128>, GELU, Linear<128, 128>, SiLU, Linear<128, 10>>;

BENCHMARK(step<Narrow, float>)->Arg(32)->Arg(256);
BENCHMARK(step<Narrow, double>)->Arg(32)->Arg(256);
BENCHMARK(step<Normalised, float>)->Arg(64);
BENCHMARK(step<Normalised, double>)->Arg(64);
BENCHMARK(step<Smooth, float>)->Arg(64);

}  // namespace

BENCHMARK_MAIN();
