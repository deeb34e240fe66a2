// SPDX-License-Identifier: MIT
// An activation, a layer, a block, a loss and an update rule of one's own, in the order of growing freedom. Nothing is
// registered, nothing is inherited, nothing in the library changes; gradcheck says whether the formulas agree.
#include <evomlp/evomlp.hpp>

#include <cmath>
#include <cstdio>

using namespace evomlp;

// An activation: its value and its slope, for one number. It is vectorised and fused like the library's own.
struct Swish {  // y = z σ(z)
  static auto value(auto z) { return z / (1 + exp(-z)); }
  static auto slope(auto z) {
    const auto s = 1 / (1 + exp(-z));
    return s * (1 + z * (1 - s));
  }
};

// A layer with parameters: y = s ∘ x + t.
template <std::size_t N>
struct Affine {
  static constexpr std::size_t in_features = N, out_features = N;
  static constexpr Parameter<"scale", N> scale{.initial = 1};
  static constexpr Parameter<"shift", N> shift{.initial = 0};
  static constexpr auto parameters = table(scale, shift);

  static void predict(auto self, auto x, auto y) {
    kernels::each(y, [](auto v, auto s, auto t) { return s * v + t; }, x, self[scale], self[shift]);
  }
  static void backward(auto self, auto grad, auto x, auto /*y*/, auto dy, auto dx) {
    kernels::sums(dy.rows, grad[scale], [](auto d, auto v) { return d * v; }, dy, x);  // ds = Σ dy ∘ x
    kernels::column_sums(dy, grad[shift]);                                             // dt = Σ dy
    kernels::each(dx, [](auto d, auto s) { return d * s; }, dy, self[scale]);          // dx = dy ∘ s
  }
};

// A block of other layers: the gated linear unit y = u ∘ σ(g), u = x U + a, g = x G + b. (Dauphin et al. 2017)
template <std::size_t In, std::size_t Out>
struct GatedLinear {
  static constexpr std::size_t in_features = In, out_features = Out;
  static constexpr Child<"value", Linear<In, Out>> value{};
  static constexpr Child<"gate", Sequential<Linear<In, Out>, Sigmoid>> gate{};
  static constexpr SavedRows<"u", Out> u{};
  static constexpr SavedRows<"t", Out> t{};  // σ(g)
  static constexpr ScratchRows<"d", Out> d{};
  static constexpr ScratchRows<"dx_value", In> dx_value{};
  static constexpr auto children = table(value, gate);
  static constexpr auto saved = table(u, t);
  static constexpr auto scratch = table(d, dx_value);

  static void predict(auto self, auto x, auto y) {
    self[value].predict(x, self[d]);
    self[gate].predict(x, y);
    kernels::each(y, product, self[d], y);
  }
  static void forward(auto self, auto x, auto y) {
    self[value].forward(x, self[u]);
    self[gate].forward(x, self[t]);
    kernels::each(y, product, self[u], self[t]);
  }
  static void backward(auto self, auto grad, auto x, auto /*y*/, auto dy, auto dx) {
    auto dx_through_value = self[dx_value];
    dx_through_value.rows = dx.rows;                                                   // none where nobody needs dx
    kernels::each(self[d], product, dy, self[t]);                                      // du = dy ∘ t
    self[value].backward(grad[value], x, self[u], self[d], dx_through_value);
    kernels::each(self[d], product, dy, self[u]);                                      // dt = dy ∘ u
    self[gate].backward(grad[gate], x, self[t], self[d], dx);
    kernels::each(dx, [](auto a, auto b) { return a + b; }, dx, dx_through_value);     // dx is the sum of both ways
  }

 private:
  static constexpr auto product = [](auto a, auto b) { return a * b; };
};

// A loss: its value and its slope for one output; the mean over all is taken.
struct PseudoHuberLoss {  // √(1 + e²) − 1, e = y − t: nearly ½ e² for small errors, |e| for large ones
  static auto value(auto y, auto t) { return sqrt(1 + (y - t) * (y - t)) - 1; }
  static auto slope(auto y, auto t) { return (y - t) / sqrt(1 + (y - t) * (y - t)); }
};

// An update rule: Lion (Chen et al. 2023). θ ← θ − lr sign(β₁ m + (1 − β₁) g), m ← β₂ m + (1 − β₂) g.
struct Lion {
  double lr = 1e-4, beta1 = 0.9, beta2 = 0.99;
  static constexpr std::size_t state = 1;  // m
  auto at(Step) const {
    return [*this](auto g, auto /*w*/, auto& m) {
      const auto c = beta1 * m + (1 - beta1) * g;
      m = beta2 * m + (1 - beta2) * g;
      return select(c > 0, lr, select(c < 0, -lr, 0));
    };
  }
};

using Net = Sequential<Affine<2>, GatedLinear<2, 24>, Swish, ResidualBlock<0.5, Linear<24, 24>, Swish>, Linear<24, 1>>;

// y = sin(3 x₀) + x₁², with every tenth target off by 5, which such a loss forgives.
template <class T>
Dataset<T> make_data(std::size_t n, std::uint64_t seed) {
  const Random random(seed, Stream::data);
  Dataset<T> data{make_matrix<T>(n, 2), make_matrix<T>(n, 1)};
  for (std::size_t i = 0; i < n; ++i) {
    const double x0 = 2 * random.uniform(2 * i) - 1, x1 = 2 * random.uniform(2 * i + 1) - 1;
    data.x(i, 0) = static_cast<T>(x0);
    data.x(i, 1) = static_cast<T>(x1);
    data.y(i, 0) = static_cast<T>(std::sin(3 * x0) + x1 * x1 + (i % 10 == 0 ? 5 : 0));
  }
  return data;
}

int main() {
  const auto check_data = make_data<double>(7, 1);
  gradcheck(Model<Net, double>(init::lecun_normal(), 1), PseudoHuberLoss{}, check_data.x, check_data.y).print();

  const auto data = make_data<float>(2000, 2);
  Model<Net> model(init::lecun_normal(), 3);
  const double before = evaluate(model, data, PseudoHuberLoss{}).loss;
  fit(model, data, PseudoHuberLoss{}, chain(ClipGradNorm{1.0}, Lion{.lr = 5e-4}), {.epochs = 60, .batch_size = 32, .seed = 4});
  std::printf("loss %.3f before, %.3f after training\n", before, evaluate(model, data, PseudoHuberLoss{}).loss);

  const xt::xtensor<float, 2> point = {{0.5f, 0.5f}};
  std::printf("f(0.5, 0.5) = %.3f, expected %.3f\n", static_cast<double>(predict(model, point)(0, 0)), std::sin(1.5) + 0.25);
}
