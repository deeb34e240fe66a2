// SPDX-License-Identifier: MIT
// One sample through a small network: known when compiled, and chosen at run time (AnyModel). The difference is
// the price of the choice, at most 20 ns.
#include <benchmark/benchmark.h>
#include <evomlp/evomlp.hpp>
#include <evomlp/net/any_model.hpp>

#include <array>

using namespace evomlp;

namespace {

template <std::size_t width>
using Net = Sequential<Linear<4, width>, ReLU, Linear<width, 1>>;
using Any = AnyModel<Net<8>, Net<9>, Net<10>, Net<11>, Net<12>, Net<13>, Net<14>, Net<15>>;

void one_sample(benchmark::State& bench, const auto& model) {
  std::array<float, 4> x{1, 2, 3, 4};
  std::array<float, 1> y{};
  for (auto _ : bench) {
    benchmark::DoNotOptimize(x);
    predict(model, x, y);
    benchmark::DoNotOptimize(y);
  }
}

void known(benchmark::State& bench) {
  const Model<Net<12>> model(init::he_normal(), 1);
  one_sample(bench, model);
}
void one_of_eight(benchmark::State& bench) {
  const Any model(Model<Net<12>>(init::he_normal(), 1));
  one_sample(bench, model);
}

BENCHMARK(known);
BENCHMARK(one_of_eight)->Name("one of eight");

}  // namespace

BENCHMARK_MAIN();
