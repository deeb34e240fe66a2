// SPDX-License-Identifier: MIT
// Kernels, layers and steps one by one, in float and double: build/bin/kernels_bench --benchmark_filter=product.
// Figures are GFLOP/s for the products; our kernel and BLAS stand side by side, which is how the dispatch in
// kernels/products.hpp was chosen.
#include <benchmark/benchmark.h>
#include <evomlp/evomlp.hpp>

#include <vector>

using namespace evomlp;

namespace {

using Isa = isa::ThisTarget;

/// The matrices of a Linear layer: x (rows, in), W (in, out), y (rows, out).
template <class T>
struct Sizes {
  explicit Sizes(benchmark::State& bench)
      : rows(static_cast<std::size_t>(bench.range(0))),
        in(static_cast<std::size_t>(bench.range(1))),
        out(static_cast<std::size_t>(bench.range(2))),
        x(rows * in, T(0.5)),
        w(in * out, T(0.25)),
        y(rows * out, T(0.1)) {}

  void report(benchmark::State& bench) const {
    bench.counters["GFLOP/s"] =
        benchmark::Counter(2e-9 * static_cast<double>(rows * in * out), benchmark::Counter::kIsIterationInvariantRate);
  }

  std::size_t rows, in, out;
  std::vector<T> x, w, y;
};

template <class T>
void product_own(benchmark::State& bench) {  // y = x W
  Sizes<T> s(bench);
  for (auto _ : bench)
    kernels::detail::product<false>(s.rows, s.out, s.in, {s.x.data(), s.in, 1}, s.w.data(), s.out,
                                    static_cast<const T*>(nullptr), kernels::Matrix<T, Isa>{s.y.data(), s.rows, s.out});
  s.report(bench);
}

template <class T>
void product_own_transposed(benchmark::State& bench) {  // dx = dy Wᵀ
  Sizes<T> s(bench);
  for (auto _ : bench)
    kernels::detail::product<true>(s.rows, s.in, s.out, {s.y.data(), s.out, 1}, s.w.data(), s.out,
                                   static_cast<const T*>(nullptr), kernels::Matrix<T, Isa>{s.x.data(), s.rows, s.in});
  s.report(bench);
}

#if EVOMLP_USE_BLAS
template <class T>
void product_blas(benchmark::State& bench) {
  Sizes<T> s(bench);
  for (auto _ : bench) Isa::gemm(false, false, s.rows, s.out, s.in, s.x.data(), s.in, s.w.data(), s.out, s.y.data());
  s.report(bench);
}
#endif

void shapes(benchmark::internal::Benchmark* bench) {
  for (const auto& shape : {std::vector<std::int64_t>{32, 2, 32},
                            {32, 32, 32},
                            {64, 64, 32},
                            {64, 128, 64},
                            {64, 784, 128},
                            {64, 256, 256},
                            {64, 1024, 1024},
                            {256, 784, 128},
                            {1, 32, 32},
                            {1, 784, 128},
                            {7, 33, 17}})
    bench->Args(shape);
}

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

BENCHMARK(product_own<float>)->Apply(shapes);
BENCHMARK(product_own_transposed<float>)->Apply(shapes);
BENCHMARK(product_own<double>)->Apply(shapes);
#if EVOMLP_USE_BLAS
BENCHMARK(product_blas<float>)->Apply(shapes);
BENCHMARK(product_blas<double>)->Apply(shapes);
#endif
BENCHMARK(step<Narrow, float>)->Arg(32)->Arg(256);
BENCHMARK(step<Narrow, double>)->Arg(32)->Arg(256);
BENCHMARK(step<Normalised, float>)->Arg(64);
BENCHMARK(step<Normalised, double>)->Arg(64);
BENCHMARK(step<Smooth, float>)->Arg(64);

}  // namespace

BENCHMARK_MAIN();
