// SPDX-License-Identifier: MIT
// Looks for cliffs: the three products of a Linear layer (y = x W + b, dW = xᵀ dy, dx = dy Wᵀ) at thousands of shapes,
// each by our own kernel, by BLAS, and as the library's dispatch takes it. The three take turns in short slices, and
// the lower quartiles count. Prints a line of CSV for each point, in random order, then a summary after `#`: at how
// many points what the library takes is slower than `--limit` times the better of the two and costs more than
// `--overhead` beyond it (products of 20 ns are too short to choose between at no cost), the worst of them, and the
// geometric mean.
//
//   OPENBLAS_NUM_THREADS=1 sweep_bench --quick                     a random choice for 15 seconds
//   OPENBLAS_NUM_THREADS=1 sweep_bench > sweep.csv                 all of it: minutes
//   sweep_bench --rows 2,64 --shape 65 65 --shape 784 10 --product affine --type float
#include "evomlp/core/aligned_buffer.hpp"
#include "evomlp/core/random.hpp"
#include "evomlp/kernels/native.hpp"
#include "evomlp/kernels/products.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

namespace kernels = evomlp::kernels;
using Dispatch = evomlp::isa::ThisTarget;
struct Own : Dispatch {  // the same instructions without BLAS: our own kernel at every shape
  static constexpr bool has_blas = false;
};

const std::vector<std::string> products{"affine", "product_tn", "product_nt"}, types{"float", "double"};

struct Point {
  std::string product, type;
  std::size_t rows, in, out;
};
struct Seconds {
  double own, blas, taken;

  double best() const { return (std::min)(own, blas); }
  double ratio() const { return taken / best(); }
  bool slow(double limit, double overhead) const { return ratio() > limit && taken - best() > overhead; }
};
struct Result {
  Point point;
  Seconds seconds;
};

struct Settings {
  bool quick = false;
  double limit = 1.3, overhead = 10e-9, slice = 20e-6;
  int slices = 7;
  std::uint64_t seed = 1;
  std::vector<std::size_t> rows{1, 2, 7, 8, 31, 32, 33, 64, 100, 128, 256, 257};
  std::vector<std::pair<std::size_t, std::size_t>> shapes;
  std::vector<std::string> only_products = products, only_types = types;
};

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// A quarter of the slices were faster: whatever else the machine does only ever adds time.
double lower_quartile(std::vector<double> values) {
  const auto quarter = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 4);
  std::nth_element(values.begin(), quarter, values.end());
  return *quarter;
}

/// Seconds of one call of each, in slices that take turns: a disturbance, or a change of the clock, hits all alike.
std::vector<double> time_in_turns(const std::vector<std::function<void()>>& calls, double slice, int slices) {
  std::vector<int> repeats;
  for (const auto& call : calls) {
    call();
    double one = std::numeric_limits<double>::infinity();
    for (int i = 0; i < 3; ++i) {
      const double begin = now();
      call();
      one = (std::min)(one, now() - begin);
    }
    repeats.push_back((std::max)(1, static_cast<int>(slice / one)));
  }
  std::vector<std::vector<double>> seconds(calls.size());
  for (int s = 0; s < slices; ++s)
    for (std::size_t c = 0; c < calls.size(); ++c) {
      const double begin = now();
      for (int i = 0; i < repeats[c]; ++i) calls[c]();
      seconds[c].push_back((now() - begin) / repeats[c]);
    }
  std::vector<double> result;
  for (auto& of_one : seconds) result.push_back(lower_quartile(std::move(of_one)));
  return result;
}

/// A Linear layer's numbers: x, dx (rows, in), w, dw (in, out), b (out), y, dy (rows, out).
template <class T>
struct Numbers {
  explicit Numbers(const Point& point)
      : rows(point.rows),
        in(point.in),
        out(point.out),
        x(rows * in),
        w(in * out),
        b(out),
        dy(rows * out),
        y(rows * out),
        dw(in * out),
        dx(rows * in) {
    const evomlp::Random random(1, evomlp::Stream::data);
    std::uint64_t next = 0;
    for (auto* values : {&x, &w, &b, &dy})
      for (T& v : *values) v = static_cast<T>(random.uniform(next++) - 0.5);
  }

  template <class Isa>
  void by_kernels(const std::string& product) {
    const kernels::Matrix<const T, Isa> mx{x.data(), rows, in}, mw{w.data(), in, out}, mdy{dy.data(), rows, out};
    if (product == "affine")
      kernels::affine(mx, mw, kernels::Vector<const T, Isa>{b.data(), out},
                      kernels::Matrix<T, Isa>{y.data(), rows, out});
    else if (product == "product_tn")
      kernels::product_tn(mx, mdy, kernels::Matrix<T, Isa>{dw.data(), in, out});
    else
      kernels::product_nt(mdy, mw, kernels::Matrix<T, Isa>{dx.data(), rows, in});
  }

#if EVOMLP_USE_BLAS
  void by_blas(const std::string& product) {
    if (product == "affine") {
      blas(false, false, rows, out, in, x.data(), in, w.data(), out, y.data());
      const kernels::Matrix<T, Dispatch> my{y.data(), rows, out};
      kernels::each(
          my, [](auto sum, auto bias) { return sum + bias; }, my, kernels::Vector<const T, Dispatch>{b.data(), out});
    } else if (product == "product_tn") {
      blas(true, false, in, out, rows, x.data(), in, dy.data(), out, dw.data());
    } else {
      blas(false, true, rows, in, out, dy.data(), out, w.data(), out, dx.data());
    }
  }

  /// C = op(A) op(B), as in isa::Blas; a row or a column by gemv, which is the best that BLAS has for it.
  static void blas(bool transpose_a, bool transpose_b, std::size_t c_rows, std::size_t c_cols, std::size_t depth,
                   const T* a, std::size_t a_row, const T* b, std::size_t b_row, T* c) {
    const auto gemv = [&](bool transpose, std::size_t m_rows, std::size_t m_cols, const T* m, const T* v) {
      const auto product = [&](const auto& cblas_gemv) {
        cblas_gemv(CblasRowMajor, transpose ? CblasTrans : CblasNoTrans, static_cast<CBLAS_INT>(m_rows),
                   static_cast<CBLAS_INT>(m_cols), T(1), m, static_cast<CBLAS_INT>(m_cols), v, 1, T(0), c, 1);
      };
      if constexpr (std::is_same_v<T, float>)
        product(cblas_sgemv);
      else
        product(cblas_dgemv);
    };
    if (c_rows == 1)
      gemv(!transpose_b, transpose_b ? c_cols : depth, b_row, b, a);
    else if (c_cols == 1)
      gemv(transpose_a, transpose_a ? depth : c_rows, a_row, a, b);
    else
      Dispatch::gemm(transpose_a, transpose_b, c_rows, c_cols, depth, a, a_row, b, b_row, c);
  }
#endif

  std::size_t rows, in, out;
  evomlp::AlignedBuffer<T> x, w, b, dy, y, dw, dx;
};

template <class T>
Seconds time(const Point& point, double slice, int slices) {
  Numbers<T> numbers(point);
  std::vector<std::function<void()>> calls{[&] { numbers.template by_kernels<Own>(point.product); },
                                           [&] { numbers.template by_kernels<Dispatch>(point.product); }};
#if EVOMLP_USE_BLAS
  calls.push_back([&] { numbers.by_blas(point.product); });
#endif
  const auto seconds = time_in_turns(calls, slice, slices);
  return {seconds[0], seconds.size() > 2 ? seconds[2] : std::numeric_limits<double>::infinity(), seconds[1]};
}

Seconds time(const Point& point, const Settings& settings) {
  const auto once = [&](int slices) {
    return point.type == "float" ? time<float>(point, settings.slice, slices)
                                 : time<double>(point, settings.slice, slices);
  };
  const Seconds first = once(settings.slices);
  if (!first.slow(settings.limit, settings.overhead)) return first;
  const Seconds second = once(3 * settings.slices);  // a suspect is heard twice
  return second.ratio() < first.ratio() ? second : first;
}

/// As wide as deep at every width, and skinny ones: few outputs, few inputs, 784 pixels, depths beyond 1000.
std::vector<std::pair<std::size_t, std::size_t>> default_shapes() {
  std::vector<std::pair<std::size_t, std::size_t>> shapes;
  for (std::size_t width = 1; width <= 300; ++width) {
    shapes.emplace_back(width, width);
    for (const std::size_t few : {1u, 10u})
      if (few != width) shapes.insert(shapes.end(), {{width, few}, {few, width}});
  }
  for (const std::size_t deep : {784u, 1025u})
    for (const std::size_t width : {1u,  2u,  3u,  7u,  8u,   9u,   10u,  16u,  17u,  31u,  32u,
                                    33u, 63u, 64u, 65u, 100u, 127u, 128u, 129u, 200u, 256u, 300u})
      shapes.insert(shapes.end(), {{deep, width}, {width, deep}});
  return shapes;
}

std::string name_of(const Point& p) {
  return p.product + "<" + p.type + "> " + std::to_string(p.rows) + " x (" + std::to_string(p.in) + " -> " +
         std::to_string(p.out) + ")";
}

void summarise(std::vector<Result> results, const Settings& settings) {
  const auto line = [&](const std::string& name, auto belongs) {
    double logs = 0, own = 0, blas = 0;
    int points = 0, slow = 0;
    for (const Result& r : results) {
      if (!belongs(r.point)) continue;
      ++points;
      slow += r.seconds.slow(settings.limit, settings.overhead) ? 1 : 0;
      logs += std::log(r.seconds.ratio());
      own += std::log(r.seconds.own / r.seconds.best());
      blas += std::log(r.seconds.blas / r.seconds.best());
    }
    if (points > 0)
      std::printf("# %-20s %6d points, %5d slower than %.2f; geometric means: taken %.3f, own %.3f, BLAS %.3f\n",
                  name.c_str(), points, slow, settings.limit, std::exp(logs / points), std::exp(own / points),
                  std::exp(blas / points));
  };
  std::printf("# times relative to the better of our own kernel and BLAS\n");
  for (const std::string& product : products)
    for (const std::string& type : types)
      line(product + "<" + type + ">", [&](const Point& p) { return p.product == product && p.type == type; });
  line("all", [](const Point&) { return true; });
  std::sort(results.begin(), results.end(),
            [](const Result& a, const Result& b) { return a.seconds.ratio() > b.seconds.ratio(); });
  std::erase_if(results, [&](const Result& r) { return !r.seconds.slow(settings.limit, settings.overhead); });
  for (std::size_t i = 0; i < results.size() && i < 25; ++i) {
    const Seconds& s = results[i].seconds;
    std::printf("# %5.2f  %-40s taken %.3g us, own %.3g us, BLAS %.3g us\n", s.ratio(),
                name_of(results[i].point).c_str(), 1e6 * s.taken, 1e6 * s.own, 1e6 * s.blas);
  }
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  settings.shapes = default_shapes();
  CLI::App app("Times the products of a Linear layer at thousands of shapes: our own kernel, BLAS, and what is taken.");
  app.add_flag("--quick", settings.quick, "a random choice of the points, for 15 seconds");
  app.add_option("--limit", settings.limit, "what counts as slow: so many times the better of the two")
      ->capture_default_str();
  app.add_option("--overhead", settings.overhead, "seconds beyond the better of the two that are never slow")
      ->capture_default_str();
  app.add_option("--slice", settings.slice, "seconds of one slice, or one call where that is longer")
      ->capture_default_str();
  app.add_option("--slices", settings.slices, "slices of each")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--seed", settings.seed, "of the order of the points")->capture_default_str();
  app.add_option("--rows", settings.rows, "the batches")->delimiter(',')->check(CLI::PositiveNumber);
  std::vector<std::size_t> in_and_out;  // flat: for pairs g++ 12 warns of CLI11's own code
  app.add_option("--shape", in_and_out, "IN OUT, once or more: instead of all")
      ->type_size(2)
      ->allow_extra_args()
      ->check(CLI::PositiveNumber);
  app.add_option("--product", settings.only_products, "once or more: instead of all")->check(CLI::IsMember(products));
  app.add_option("--type", settings.only_types, "instead of both")->check(CLI::IsMember(types));
  CLI11_PARSE(app, argc, argv);
  if (!in_and_out.empty()) settings.shapes.clear();
  for (std::size_t i = 0; i < in_and_out.size(); i += 2) settings.shapes.emplace_back(in_and_out[i], in_and_out[i + 1]);

  std::vector<Point> points;
  for (const auto& [in, out] : settings.shapes)
    for (const std::size_t rows : settings.rows)
      for (const std::string& product : settings.only_products)
        for (const std::string& type : settings.only_types) points.push_back({product, type, rows, in, out});
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  evomlp::shuffle(order, evomlp::Random(settings.seed, evomlp::Stream::shuffle));

  std::printf("product,type,rows,in,out,own_us,blas_us,taken_us,ratio\n");
  std::vector<Result> results;
  const double begin = now();
  for (const std::size_t index : order) {
    if (settings.quick && now() - begin > 15) break;
    const Point& p = points[index];
    const Seconds s = time(p, settings);
    std::printf("%s,%s,%zu,%zu,%zu,%.4g,%.4g,%.4g,%.3f\n", p.product.c_str(), p.type.c_str(), p.rows, p.in, p.out,
                1e6 * s.own, 1e6 * s.blas, 1e6 * s.taken, s.ratio());
    results.push_back({p, s});
  }
  summarise(std::move(results), settings);
}
