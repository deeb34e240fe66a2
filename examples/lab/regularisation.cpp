// SPDX-License-Identifier: MIT
// S37, S38: what L1 and L2 do to weights. Where the answer is known, a linear model with orthogonal inputs; in a plane,
// where it can be drawn; and in a network.
#include "support/digits.hpp"
#include "support/lab.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

using namespace evomlp;

namespace {

constexpr std::size_t rows = 32, inputs = 31;
using Line = Sequential<Linear<inputs, 1, false>>;
using Plane = Sequential<Linear<1, 2, false>>;  // fed a 1: a point, its two weights
using Classifier = Sequential<Linear<784, 32>, ReLU, Linear<32, 10>>;

/// Inputs of ±1 whose columns are orthogonal (Hadamard's matrix), so that ½ Σ (y − t)² / rows is ½ |w − w₀|² and a
/// constant, w₀ = xᵀt / rows. Few of the weights behind t are large.
Dataset<double> orthonormal(std::uint64_t seed, std::vector<double>& best) {
  Dataset<double> data{make_matrix<double>(rows, inputs), make_matrix<double>(rows, 1)};
  const Random random(seed, Stream::data);
  best.assign(inputs, 0.0);
  for (std::size_t i = 0; i < rows; ++i) {
    data.y(i, 0) = 0.5 * random.normal(i);
    for (std::size_t j = 0; j < inputs; ++j) {
      data.x(i, j) = std::popcount(i & (j + 1)) % 2 == 0 ? 1 : -1;
      if (j % 5 == 0) data.y(i, 0) += random.normal(rows + j) * data.x(i, j);
    }
  }
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < inputs; ++j) best[j] += data.x(i, j) * data.y(i, 0) / static_cast<double>(rows);
  return data;
}

double soft_threshold(double w, double lambda) { return std::copysign((std::max)(std::abs(w) - lambda, 0.0), w); }
double shrunk(double w, double lambda) { return w / (1 + 2 * lambda); }

std::size_t zeros_in(const auto& weights) {
  return static_cast<std::size_t>(std::count_if(weights.begin(), weights.end(), [](double w) { return w == 0; }));
}

/// Full-batch descent from 1 everywhere; how far it ends from `exact`, of w₀ and λ.
template <class Chain>
lab::Figures least_squares(const Chain& rule, double lambda, double lr, double (&exact)(double, double), int steps,
                           std::uint64_t seed) {
  std::vector<double> best;
  const auto data = orthonormal(seed, best);
  Model<Line, double> model;
  const auto weights = model.parameters();
  std::fill(weights.begin(), weights.end(), 1.0);
  State state(model, rule, {.max_batch = rows});
  for (int step = 0; step < steps; ++step)
    train_step(model, state, MSELoss{Reduction::half_sum_per_sample}, data.x, data.y);
  double error = 0, rest = 0, expected_zeros = 0;
  for (std::size_t j = 0; j < inputs; ++j) {
    const double target = exact(best[j], lambda);
    error = (std::max)(error, std::abs(weights[j] - target));
    expected_zeros += target == 0 ? 1 : 0;
    if (target == 0) rest = (std::max)(rest, std::abs(weights[j]));
  }
  return lab::Figures{{"error", error},
                      {"zeros", static_cast<double>(zeros_in(weights))},
                      {"expected zeros", expected_zeros},
                      {"rest in lr·λ", rest / (lr * lambda)}};
}

/// ½ (w − c)ᵀ A (w − c), whose lowest point is outside of the regions that the penalties allow.
double bowl(double a, double b) {
  a -= 1.6, b -= 0.5;
  return 0.5 * (a * a + 2 * 0.5 * a * b + 1.2 * b * b);
}
struct Bowl {
  double operator()(auto y, auto, auto dy) const {
    const double a = y(0, 0) - 1.6, b = y(0, 1) - 0.5;
    if (dy.rows != 0) {
      dy(0, 0) = a + 0.5 * b;
      dy(0, 1) = 0.5 * a + 1.2 * b;
    }
    return bowl(y(0, 0), y(0, 1));
  }
};

/// The lowest points for each λ: where the contours of the loss touch the diamond or the circle.
template <class Rule>
lab::Figures plane(const std::vector<double>& lambdas, const Rule& rule_for) {
  lab::Figures figures;
  for (const double lambda : lambdas) {
    Model<Plane, double> point;
    State state(point, rule_for(lambda), {.max_batch = 1});
    for (int step = 0; step < 3000; ++step)
      train_step(point, state, Bowl{}, xt::xtensor<double, 2>{{1.0}}, xt::xtensor<double, 2>{{0.0, 0.0}});
    figures.add("w1", lambda, point.parameters()[0]).add("w2", lambda, point.parameters()[1]);
  }
  return figures;
}

template <class Chain>
lab::Figures network(const Chain& rule, const lab::Digits& data, int epochs, std::uint64_t seed) {
  Model<Classifier> model(init::he_normal(), seed);
  fit(model, data.train, CrossEntropyLoss{}, rule, {.epochs = epochs, .batch_size = 32, .seed = seed});
  const auto weight = parameter<"0.weight">(model);
  return lab::Figures{{"zeros", static_cast<double>(zeros_in(weight))},
                      {"share of zeros", static_cast<double>(zeros_in(weight)) / static_cast<double>(weight.size())},
                      {"test accuracy", evaluate(model, data.test, CrossEntropyLoss{}).accuracy}};
}

const std::vector<double> line_lambdas{0.05, 0.1, 0.2, 0.4}, network_lambdas{3e-4, 1e-3, 3e-3};
std::string named(const char* where, const char* rule, double lambda) {
  return lab::text(where, ", ", rule, ", λ ", lab::exact(lambda));
}

struct Regularisation {
  static constexpr const char* name = "regularisation";
  static constexpr const char* about =
      "What L1 and L2 penalties do to weights (S37, S38): the soft threshold and the shrinkage where they are known "
      "exactly, whether the subgradient step of L1 reaches zero as the document says, and the two constraint pictures.";

  static void measure(lab::Run& run) {
    run.seeds(5);
    const int steps = run.setting("steps of the linear model", run.by_scale(400, 2000));
    const double lr = run.setting("lr of all", 0.1);
    run.setting("linear model", "31 inputs of ±1, 32 rows, orthogonal columns; rule SGD, full batch, from 1");
    run.setting("plane", "½ (w − c)ᵀ A (w − c), c = (1.6, 0.5), A = (1 0.5; 0.5 1.2)");
    const int epochs = run.setting("epochs of the network", run.by_scale(2, 15));
    const auto data = lab::digits(run, run.by_scale<std::size_t>(100, 1000), run.by_scale<std::size_t>(100, 1000));
    run.setting("network", "784-32-10, ReLU, He, SGD, batch 32; zeros of the first weight matrix, 25,088 weights");
    run.left_out("a choice of λ by validation; penalties on biases");

    std::vector<lab::Case> cases;
    const auto add = [&](const std::string& case_name, auto run_case) { cases.push_back({case_name, run_case}); };
    const SGD sgd{.lr = lr};
    for (const double lambda : line_lambdas) {
      add(named("line", "L1 subgradient", lambda), [=](std::uint64_t seed) {
        return least_squares(chain(L1{lambda}, sgd), lambda, lr, soft_threshold, steps, seed);
      });
      add(named("line", "L1 proximal", lambda), [=](std::uint64_t seed) {
        return least_squares(chain(sgd, ProximalL1{lambda}), lambda, lr, soft_threshold, steps, seed);
      });
      add(named("line", "L2", lambda), [=](std::uint64_t seed) {
        return least_squares(chain(L2{lambda}, sgd), lambda, lr, shrunk, steps, seed);
      });
    }
    std::vector<double> path;
    for (int i = 0; i <= 20; ++i) path.push_back(i / 10.0);
    add("plane, L1", [=](std::uint64_t) {
      return plane(path, [=](double lambda) { return chain(sgd, ProximalL1{lambda}); });
    });
    add("plane, L2", [=](std::uint64_t) {
      return plane(path, [=](double lambda) { return chain(L2{lambda}, sgd); });
    });
    add("network, no penalty", [=, &data](std::uint64_t seed) { return network(sgd, data, epochs, seed); });
    for (const double lambda : network_lambdas) {
      add(named("network", "L1 subgradient", lambda), [=, &data](std::uint64_t seed) {
        return network(chain(L1{lambda}, sgd), data, epochs, seed);
      });
      add(named("network", "L1 proximal", lambda), [=, &data](std::uint64_t seed) {
        return network(chain(sgd, ProximalL1{lambda}), data, epochs, seed);
      });
      add(named("network", "L2", lambda), [=, &data](std::uint64_t seed) {
        return network(chain(L2{lambda}, sgd), data, epochs, seed);
      });
    }
    run.experiments(cases, lab::all({"error", "zeros", "expected zeros", "rest in lr·λ", "share of zeros",
                                     "test accuracy"},
                                    lab::along("w1", path), lab::along("w2", path)));
  }

  static lab::Claims judge(const lab::Results& results) {
    lab::Claims claims;
    const auto every = [&](const char* where, const char* rule, const char* figure) {  // over all λ and seeds
      std::vector<double> all;
      for (const std::string& configuration : results.configurations())
        if (configuration.starts_with(lab::text(where, ", ", rule, ", ")))
          for (const double value : results.values(configuration, figure)) all.push_back(value);
      if (all.empty()) throw Error(lab::text("no ", where, ", ", rule));
      std::sort(all.begin(), all.end());
      return all;
    };
    claims.add("proximal L1 on the linear model is the soft threshold to 1e-6", [&] {
      const double proximal = every("line", "L1 proximal", "error").back();
      return lab::Judged{proximal <= 1e-6, lab::text("at most ", proximal, " off")};
    });
    claims.add("L2 on the linear model is w₀ / (1 + 2λ) to 1e-6 (S37)", [&] {
      const double l2 = every("line", "L2", "error").back();
      return lab::Judged{l2 <= 1e-6, lab::text("at most ", l2, " off")};
    });
    claims.add("L2 makes no weight exactly zero (S37)", [&] {
      const double l2_zeros = every("line", "L2", "zeros").back() + every("network", "L2", "zeros").back();
      return lab::Judged{l2_zeros == 0, lab::text(l2_zeros, " at most")};
    });
    for (const char* where : {"line", "network"}) {
      claims.add(lab::text("L1 by its subgradient takes weights to exactly zero (S38, the document), ", where), [&] {
        const auto zeros = every(where, "L1 subgradient", "zeros");
        return lab::Judged{zeros.front() > 0, lab::text(zeros.front(), " to ", zeros.back(), " exact zeros")};
      });
    }
    claims.add("weights that should be zero then oscillate within ±lr·λ", [&] {
      const auto rest = every("line", "L1 subgradient", "rest in lr·λ");
      return lab::Judged{rest.back() <= 1, lab::text("within ±", rest.back(), " lr·λ")};
    });
    for (const char* where : {"line", "network"}) {
      claims.add(lab::text("proximal L1 gives exact zeros, more with λ, ", where), [&] {
        std::string said;
        double before = 0;
        bool grows = true;
        for (const double lambda : std::string(where) == "line" ? line_lambdas : network_lambdas) {
          const double zeros = results.median(named(where, "L1 proximal", lambda), "zeros");
          grows = grows && zeros > before;
          before = zeros;
          said += lab::text(said.empty() ? "" : ", ", zeros, " for λ ", lambda);
        }
        return lab::Judged{grows, said};
      });
    }
    const auto on_axis = [&](const char* configuration) {  // with one weight zero and the other not
      const auto a = results.curve(configuration, "w1"), b = results.curve(configuration, "w2");
      lab::enough(a.size() == b.size(), std::string(configuration) + ": not every λ gave both weights");
      int count = 0;
      for (std::size_t i = 0; i < a.size(); ++i) count += (a[i].median == 0) != (b[i].median == 0) ? 1 : 0;
      return count;
    };
    claims.add("in the plane L1's lowest points lie on an axis for some λ, L2's for none", [&] {
      return lab::Judged{on_axis("plane, L1") > 0 && on_axis("plane, L2") == 0,
                         lab::text(on_axis("plane, L1"), " and ", on_axis("plane, L2"), " of ",
                                   results.curve("plane, L1", "w1").size(), " λ")};
    });
    return claims;
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    std::vector<lab::Figure> panels;
    for (const char* penalty : {"L1", "L2"}) {
      const bool diamond = std::string(penalty) == "L1";
      lab::Figure figure({.title = diamond ? "L1: |w₁| + |w₂| ≤ C" : "L2: w₁² + w₂² ≤ C",
                          .x = "w₁",
                          .y = "w₂",
                          .x_range = {{-1.2, 2.2}},
                          .y_range = {{-1.2, 1.4}},
                          .equal_scale = true});
      const std::string configuration = std::string("plane, ") + penalty;
      const auto a = results.curve(configuration, "w1"), b = results.curve(configuration, "w2");
      std::vector<lab::Point> path, edge;
      for (std::size_t i = 0; i < a.size(); ++i) path.emplace_back(a[i].median, b[i].median);
      // The region whose edge one of them is on: the first on an axis, or the same λ for L2.
      const auto l1 = results.curve("plane, L1", "w2");
      const auto touch = static_cast<std::size_t>(
          std::find_if(l1.begin(), l1.end() - 1, [](const lab::Point& p) { return p.median == 0; }) - l1.begin());
      const double x = path[touch].at, y = path[touch].median;
      for (int i = 0; i <= 100; ++i) {
        const auto [sine, cosine] = portable::sin_cos_turns(i / 100.0);
        const double size = diamond ? (std::abs(x) + std::abs(y)) / (std::abs(sine) + std::abs(cosine))
                                    : std::sqrt(x * x + y * y);
        edge.emplace_back(size * cosine, size * sine);
      }
      figure.contours(lab::Grid::of({-1.2, 2.2}, {-1.2, 1.4}, 101, 101, bowl), {0.05, 0.2, bowl(x, y), 1.2, 2, 3});
      figure.line("edge of the region", edge, {.index = 0, .marks = false});
      figure.line("lowest point, λ from 0 to 2", path, {.index = 1}).label(x, y, "contact");
      panels.push_back(figure);
    }
    lab::Figure zeros({.title = "Network: exact zeros", .x = "λ", .y = "share", .log_x = true});
    lab::Figure accuracy({.title = "Network: held-out data", .x = "λ", .y = "test accuracy", .log_x = true});
    for (const char* rule : {"L1 subgradient", "L1 proximal", "L2"}) {
      std::vector<std::pair<double, std::string>> by_lambda;
      for (const double lambda : network_lambdas) by_lambda.emplace_back(lambda, named("network", rule, lambda));
      zeros.line(rule, results.across(by_lambda, "share of zeros"));
      accuracy.line(rule, results.across(by_lambda, "test accuracy"));
    }
    accuracy.level(results.median("network, no penalty", "test accuracy"), "no penalty");
    to.save("regularisation", {panels[0], panels[1], zeros, accuracy}, {.columns = 2, .height = 360});
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<Regularisation>(argc, argv); }
