// SPDX-License-Identifier: MIT
// S35, S36: the mean squared error is a Gaussian's negative log-likelihood, cross-entropy that of the classes. The
// likelihoods are written down as the derivations do, as losses of one's own, and compared with the library's losses.
#include "support/lab.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <string>
#include <vector>

using namespace evomlp;

namespace {

constexpr std::size_t features = 4;
constexpr double sigma = 0.6, spread = 0.2;

/// −log N(t; y, σ²): with one output 1 / 2σ² times the mean squared error, and a constant.
struct GaussianLikelihood {
  auto value(auto y, auto t) const {
    const auto e = (t - y) / sigma;
    return 0.5 * e * e + std::log(sigma * std::sqrt(2 * std::numbers::pi));
  }
  auto slope(auto y, auto t) const { return (y - t) / (sigma * sigma); }
};

/// The control: −log of the logistic density e^(−u) / s(1 + e^(−u))², u = (y − t) / s, whose tails are longer.
struct LogisticLikelihood {
  auto value(auto y, auto t) const {
    const auto u = abs(y - t) / spread;
    return u + 2 * log1p(exp(-u)) + std::log(spread);
  }
  auto slope(auto y, auto t) const { return (2 / (1 + exp((t - y) / spread)) - 1) / spread; }
};

/// −log p_t with p = e^z / Σ e^z, and its derivative by the chain rule through p: Σ_k ∂L/∂p_k · ∂p_k/∂z_j.
struct ClassLikelihood {
  static constexpr bool takes_labels = true;

  double operator()(auto z, auto t, auto dz) const {
    double sum = 0;
    const double rows = static_cast<double>(z.rows);
    for (std::size_t i = 0; i < z.rows; ++i) {
      std::vector<double> p(z.cols);
      double total = 0;
      for (std::size_t j = 0; j < z.cols; ++j) total += p[j] = std::exp(z(i, j));
      for (double& share : p) share /= total;
      const auto label = static_cast<std::size_t>(t[i]);
      sum -= std::log(p[label]);
      if (dz.rows == 0) continue;
      for (std::size_t j = 0; j < z.cols; ++j)
        dz(i, j) = -1 / p[label] * (p[label] * ((j == label ? 1 : 0) - p[j])) / rows;
    }
    return sum / rows;
  }
};

/// −log (p^t (1 − p)^(1 − t)) with p = 1 / (1 + e^(−z)), by the chain rule through p too.
struct BernoulliLikelihood {
  auto value(auto z, auto t) const {
    const auto p = 1 / (1 + exp(-z));
    return -t * log(p) - (1 - t) * log(1 - p);
  }
  auto slope(auto z, auto t) const {
    const auto p = 1 / (1 + exp(-z));
    return ((1 - t) / (1 - p) - t / p) * p * (1 - p);
  }
};

/// Targets from a line in x, with noise that no network can know; so classes overlap, and every minimum is finite.
struct Samples {
  Dataset<double> numbers, yes_or_no;
  Dataset<double, Labels> labels;

  Samples(std::size_t count, std::uint64_t seed) {
    const Random random(seed, Stream::data);
    numbers = {make_matrix<double>(count, features), make_matrix<double>(count, 1)};
    yes_or_no = numbers;
    labels = {make_matrix<double>(count, features), make_labels(count)};
    for (std::size_t i = 0; i < count; ++i) {
      double sum = 0.3 + random.normal(i * (features + 1));
      for (std::size_t j = 0; j < features; ++j) {
        numbers.x(i, j) = random.normal(i * (features + 1) + 1 + j);
        sum += (j % 2 == 0 ? 1 : -0.5) * numbers.x(i, j);
      }
      numbers.y(i, 0) = sum;
      yes_or_no.y(i, 0) = sum > 0 ? 1 : 0;
      labels.y(i) = sum < -0.7 ? 0 : sum < 0.7 ? 1 : 2;
    }
    yes_or_no.x = labels.x = numbers.x;
  }
};

double largest(const auto& numbers) {
  double most = 0;
  for (const double number : numbers) most = (std::max)(most, std::abs(number));
  return most;
}

/// Gradient descent from zero until nothing moves.
template <class Net, class L, class Data>
Model<Net, double> minimise(const L& loss, const Data& data, int steps) {
  Model<Net, double> model;
  State state(model, Momentum{.lr = 0.1}, {.max_batch = static_cast<int>(data.size())});
  for (int step = 0; step < steps; ++step) {
    train_step(model, state, loss, data.x, data.y);
    if (largest(state.gradients()) < 1e-14) break;
  }
  return model;
}

/// The loss's gradient times `factor` should be the likelihood's.
template <class L, class Likelihood, class Data>
lab::Figures compare(const L& loss, const Likelihood& likelihood, double factor, const Data& data, int steps,
                     std::uint64_t seed) {
  constexpr std::size_t outputs = Data::has_labels ? 3 : 1;
  using Curved = Sequential<Linear<features, 8>, Tanh, Linear<8, outputs>>;
  using Line = Sequential<Linear<features, outputs>>;
  const Model<Curved, double> net(init::xavier_normal(), seed);
  const auto of_loss = gradient(net, loss, data.x, data.y), of_likelihood = gradient(net, likelihood, data.x, data.y);
  std::vector<double> apart;
  for (std::size_t i = 0; i < of_loss.parameters.size(); ++i)
    apart.push_back(factor * of_loss.parameters[i] - of_likelihood.parameters[i]);
  lab::Figures figures;
  figures.add("gradients apart", largest(apart) / largest(of_likelihood.parameters));

  const auto a = minimise<Line>(loss, data, steps), b = minimise<Line>(likelihood, data, steps);
  for (std::size_t i = 0; i < a.parameters().size(); ++i) apart[i] = a.parameters()[i] - b.parameters()[i];
  apart.resize(a.parameters().size());
  figures.add("minimisers apart", largest(apart));

  const auto add_curve = [&](const char* name, const auto& its_loss) {  // along the first weight, lowest at 0
    std::vector<double> heights;
    for (int i = -10; i <= 10; ++i) {
      auto moved = a;
      moved.parameters()[0] += 0.1 * i;
      heights.push_back(evaluate(moved, data, its_loss).loss);
    }
    const double lowest = *std::min_element(heights.begin(), heights.end());
    for (int i = -10; i <= 10; ++i) figures.add(name, i / 10.0, heights[static_cast<std::size_t>(i + 10)] - lowest);
  };
  add_curve("loss", loss);
  add_curve("likelihood", likelihood);
  return figures;
}

struct Pair {
  const char *configuration, *loss, *likelihood;
};
constexpr Pair pairs[] = {{"Gaussian noise", "the mean squared error", "a Gaussian's −log likelihood"},
                          {"classes", "cross-entropy", "the classes' −log likelihood"},
                          {"yes or no", "binary cross-entropy", "Bernoulli's −log likelihood"},
                          {"logistic noise", "the mean squared error", "the logistic density's −log likelihood"}};

struct Likelihood {
  static constexpr const char* name = "likelihood";
  static constexpr const char* about =
      "Is the mean squared error the negative log-likelihood of Gaussian noise (S35), and cross-entropy that of the "
      "classes (S36)? The likelihoods are written as the derivations have them; gradients of a network and minimisers "
      "of a linear model are compared. Logistic noise is the control, for which it must fail.";

  static void measure(lab::Run& run) {
    run.seeds(5);
    const auto count = run.setting<std::size_t>("samples", run.by_scale<std::size_t>(50, 200));
    const int steps = run.setting("steps at most", 20000);
    run.setting("gradients of", "4-8-C, tanh, Xavier, double");
    run.setting("minimisers of", "4-C, by momentum 0.9, lr 0.1, from zero, until no derivative is above 1e-14");
    run.setting("σ of the Gaussian", sigma);
    run.setting("scale of the logistic density", spread);
    run.left_out("a σ that is learned; the minimisers of networks, which are not unique");

    std::vector<double> offsets;
    for (int i = -10; i <= 10; ++i) offsets.push_back(i / 10.0);
    std::vector<lab::Case> cases;
    const auto add = [&](const Pair& pair, auto loss, auto likelihood, double factor, auto part) {
      cases.push_back({pair.configuration, [=](std::uint64_t seed) {
                         return compare(loss, likelihood, factor, Samples(count, seed).*part, steps, seed);
                       }});
    };
    add(pairs[0], MSELoss{}, GaussianLikelihood{}, 0.5 / (sigma * sigma), &Samples::numbers);
    add(pairs[1], CrossEntropyLoss{}, ClassLikelihood{}, 1, &Samples::labels);
    add(pairs[2], BCEWithLogitsLoss{}, BernoulliLikelihood{}, 1, &Samples::yes_or_no);
    add(pairs[3], MSELoss{}, LogisticLikelihood{}, 1, &Samples::numbers);
    run.experiments(cases, lab::all({"gradients apart", "minimisers apart"}, lab::along("loss", offsets),
                                    lab::along("likelihood", offsets)));
  }

  static lab::Claims judge(const lab::Results& results) {
    lab::Claims claims;
    for (const Pair& pair : std::span(pairs).first(3)) {
      const std::string both = lab::text(pair.loss, " and ", pair.likelihood);
      claims.add(both + " have the same gradients, but for a factor, to 1e-12", [&] {
        const double gradients = largest(results.values(pair.configuration, "gradients apart"));
        return lab::Judged{gradients <= 1e-12, lab::text("relative difference at most ", gradients)};
      });
      claims.add(both + " have the same minimiser to 1e-8", [&] {
        const double minima = largest(results.values(pair.configuration, "minimisers apart"));
        return lab::Judged{minima <= 1e-8, lab::text("weights at most ", minima, " apart")};
      });
    }
    claims.add(lab::text("control: ", pairs[3].loss, " and ", pairs[3].likelihood, " have another minimiser"), [&] {
      const auto control = results.values(pairs[3].configuration, "minimisers apart");
      const double nearest = *std::min_element(control.begin(), control.end());
      return lab::Judged{nearest > 1e-3, lab::text("weights at least ", nearest, " apart")};
    });
    return claims;
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    std::vector<lab::Figure> panels;
    for (const Pair& pair : pairs) {
      lab::Figure figure({.title = pair.configuration, .x = "first weight − its best", .y = "above the minimum"});
      figure.line(pair.loss, results.curve(pair.configuration, "loss"), {.band = false});
      figure.line(pair.likelihood, results.curve(pair.configuration, "likelihood"), {.band = false});
      panels.push_back(figure.upright(0));
    }
    to.save("likelihood", panels, {.columns = 2, .height = 330});
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<Likelihood>(argc, argv); }
