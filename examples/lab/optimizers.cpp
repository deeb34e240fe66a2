// SPDX-License-Identifier: MIT
// S39 to S41: SGD, momentum and Adam, on a narrow valley where their steps are known, and on held-out data.
//
// A point of the plane is a network here: Linear<1, 2> without bias, fed a 1, says its two weights, and a loss of one's
// own is the valley. So the rules that run are the library's.
#include "support/digits.hpp"
#include "support/lab.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

using namespace evomlp;

namespace {

using Plane = Sequential<Linear<1, 2, false>>;
using Classifier = Sequential<Linear<784, 64>, ReLU, Linear<64, 10>>;

constexpr double steep = 100;  // the curvature across the valley; along it 1
double height(double a, double b) { return 0.5 * (a * a + steep * b * b); }
struct Valley {
  double operator()(auto y, auto, auto dy) const {
    if (dy.rows != 0) {
      dy(0, 0) = y(0, 0);
      dy(0, 1) = steep * y(0, 1);
    }
    return height(y(0, 0), y(0, 1));
  }
};

/// For comparison: v ← v + g², θ ← θ − lr · g / (√v + ε). (Duchi et al. 2011)
struct AdaGrad {
  double lr = 1e-2;
  double eps = 1e-8;

  static constexpr std::size_t state = 1;
  auto at(Step) const {
    return [rate = lr, small = eps](auto g, auto, auto& v) {
      v = v + g * g;
      return rate * g / (sqrt(v) + small);
    };
  }
};

constexpr int limit = 3000;              // steps in the valley, for a rule that doesn't arrive
constexpr int path_end = 60;             // until then the path itself is kept,
constexpr int every = 50, end = 1400;    // and now and then the distance
constexpr double before_switch = 3e-3;   // Adam's rate
const char* const sides = "changes of side";
const char* const settled = "steps until |b| stays below 0.01";

/// From (1, 1) until both coordinates are 1e-6 or less.
template <class Rule>
lab::Figures descend(const Rule& rule, double effective_rate) {
  Model<Plane, double> point;
  std::fill(point.parameters().begin(), point.parameters().end(), 1.0);
  State state(point, rule, {.max_batch = 1});
  const xt::xtensor<double, 2> one{{1.0}}, no_target{{0.0, 0.0}};
  lab::Figures figures;
  figures.add("rate", rule.lr).add("effective rate", effective_rate);
  int crossings = 0, last_above = -1, step = 0;
  double before = 1;
  for (;; ++step) {
    const double a = point.parameters()[0], b = point.parameters()[1];
    const double distance = (std::max)(std::abs(a), std::abs(b));
    if (step <= path_end) figures.add("a", step, a).add("b", step, b);
    if (step % every == 0 && step <= end) figures.add("distance", step, (std::max)(distance, 1e-12));
    crossings += b * before < 0 ? 1 : 0;
    before = b;
    if (std::abs(b) > 0.01) last_above = step;
    if (distance <= 1e-6 || step == limit) break;
    train_step(point, state, Valley{}, one, no_target);
  }
  return figures.add("steps", step).add(sides, crossings).add(settled, last_above + 1);
}

/// The numbers that a rule remembers, in order: Adam's m for all parameters, then v.
struct RuleNumbers {
  std::vector<double> all{};
  void operator()(const std::string& name, auto&& value) {
    if constexpr (std::is_convertible_v<decltype(value), std::span<const float>>)
      if (name == "rule_state") all.assign(value.begin(), value.end());
  }
};

/// After each epoch: loss, held-out accuracy, and the median over the weights of lr / √v̂, where the rule has a v.
struct Watch {
  const lab::Images& test;
  double beta2;  // 0: the rule has no v; 1: a sum, AdaGrad's
  lab::Figures& figures;

  void on_epoch(const EpochReport& report, const auto& model, auto& state) {
    figures.add("training loss", report.epoch + 1, report.loss);
    figures.add("test accuracy", report.epoch + 1, evaluate(model, test, CrossEntropyLoss{}).accuracy);
    if (beta2 == 0) return;
    RuleNumbers numbers;
    state.remember(numbers);
    const std::size_t first = beta2 == 1 ? 0 : numbers.all.size() / 2, count = model.parameters().size();
    const double unbias = beta2 == 1 ? 1 : 1 / (1 - std::pow(beta2, static_cast<double>(state.step())));
    std::vector<double> roots;
    for (std::size_t i = first; i < first + count; ++i) roots.push_back(std::sqrt(unbias * numbers.all[i]));
    const double root = lab::quartiles_of(roots).median;
    figures.add("√v", report.epoch + 1, root).add("effective", report.epoch + 1, report.lr / root);
  }
};

template <class Rule>
lab::Figures learn(const Rule& rule, double beta2, const lab::Digits& data, int epochs, std::uint64_t seed) {
  const auto [train, validation] = train_test_split(data.train, {.test_size = 0.25, .seed = 1});
  Model<Classifier> model(init::he_normal(), seed);
  lab::Figures figures;
  Watch watch{data.test, beta2, figures};
  fit(model, train, CrossEntropyLoss{}, rule, {.epochs = epochs, .batch_size = 32, .seed = seed}, watch);
  return figures.add("validation accuracy", evaluate(model, validation, CrossEntropyLoss{}).accuracy)
      .add("final test accuracy", evaluate(model, data.test, CrossEntropyLoss{}).accuracy);
}

/// Of a rule's configurations ("Adam, lr …") the one with the best median on the validation data.
std::string best_of(const lab::Results& results, const std::string& rule) {
  std::string best;
  double highest = -1;
  for (const std::string& name : results.configurations()) {
    if (!name.starts_with(rule + ", lr ")) continue;
    const double median = results.median(name, "validation accuracy");
    if (median > highest) best = name;
    highest = (std::max)(highest, median);
  }
  if (best.empty()) throw lab::MissingError("no configuration of " + rule);
  return best;
}

struct Optimizers {
  static constexpr const char* name = "optimizers";
  static constexpr const char* about =
      "SGD, momentum and Adam (S39 to S41): steps to the bottom of a narrow valley, at equal rates and at equal "
      "effective rates; training and held-out data; whether Adam's effective rate decays; switching from Adam late.";

  static void measure(lab::Run& run) {
    run.seeds(5);
    run.setting("valley", "(a² + 100 b²) / 2 from (1, 1), until |a| and |b| are at most 1e-6");
    const int epochs = run.setting("epochs", run.by_scale(3, 30));
    const auto data = lab::digits(run, run.by_scale<std::size_t>(200, 1600), run.by_scale<std::size_t>(200, 2000));
    run.setting("network", "784-64-10, ReLU, He");
    run.setting("batch", 32);
    run.setting("validation", "a quarter of the training samples: chooses each rule's rate, no other use");
    run.setting("switch",
                lab::text("from Adam, lr ", before_switch, ", to momentum 0.9 after two thirds of the epochs"));
    run.left_out("convolutional networks, learning rate schedules, weight decay");

    const double mu = 9.0 / 11 * 9 / 11;
    std::vector<lab::Case> cases;
    const auto valley = [&](const std::string& name, auto rule, double effective) {
      cases.push_back({"valley: " + name, [=](std::uint64_t) { return descend(rule, effective); }});
    };
    valley("SGD, 2/101", SGD{.lr = 2.0 / 101}, 2.0 / 101);
    valley("momentum, 4/121, best μ", Momentum{.lr = 4.0 / 121, .momentum = mu}, 4.0 / 121 / (1 - mu));
    valley("SGD, 0.01", SGD{.lr = 0.01}, 0.01);
    valley("momentum 0.9, 0.01", Momentum{.lr = 0.01}, 0.1);
    valley("momentum 0.9, 0.001", Momentum{.lr = 0.001}, 0.01);
    valley("momentum 0.9, 0.2/101", Momentum{.lr = 0.2 / 101}, 2.0 / 101);

    const auto digits = [&](const std::string& rule_name, auto rule, double beta2) {
      cases.push_back({lab::text(rule_name, ", lr ", rule.lr),
                       [=, &data](std::uint64_t seed) { return learn(rule, beta2, data, epochs, seed); }});
    };
    for (const double lr : {0.03, 0.1, 0.3, 1.0}) digits("SGD", SGD{.lr = lr}, 0);
    for (const double lr : {0.003, 0.01, 0.03, 0.1}) digits("momentum", Momentum{.lr = lr}, 0);
    for (const double lr : {3e-4, 1e-3, 3e-3, 1e-2}) digits("Adam", Adam{.lr = lr}, 0.999);
    digits("AdaGrad", AdaGrad{.lr = 1e-2}, 1);
    const auto steps = data.train.size() * 3 / 4 / 32 * static_cast<std::size_t>(epochs) * 2 / 3;
    for (const double lr : {0.003, 0.01, 0.03})
      cases.push_back({lab::text("Adam then momentum, lr ", lr), [=, &data](std::uint64_t seed) {
                         const auto rule = switch_after(steps, Adam{.lr = before_switch}, Momentum{.lr = lr});
                         return learn(rule, 0, data, epochs, seed);
                       }});

    const auto upto = [](int first, int last, int step) {
      std::vector<int> numbers;
      for (int i = first; i <= last; i += step) numbers.push_back(i);
      return numbers;
    };
    std::vector<std::string> figures{"rate", "effective rate", "steps", sides, settled, "validation accuracy",
                                     "final test accuracy"};
    for (const char* figure : {"training loss", "test accuracy", "√v", "effective"})
      figures = lab::all(figures, lab::along(figure, upto(1, epochs, 1)));
    for (const char* figure : {"a", "b"}) figures = lab::all(figures, lab::along(figure, upto(0, path_end, 1)));
    run.experiments(cases, lab::all(figures, lab::along("distance", upto(0, end, every))));
  }

  static lab::Claims judge(const lab::Results& results) {
    lab::Claims claims;
    const auto in_valley = [&](const char* configuration, const char* figure = "steps") {
      return results.median(std::string("valley: ") + configuration, figure);
    };
    claims.add("the steps are those of the theory, 691 and 95 at the best rates, 1375, 263 and 1246", [&] {
      const double sgd = in_valley("SGD, 2/101"), best = in_valley("momentum, 4/121, best μ"),
                   plain = in_valley("SGD, 0.01"), momentum = in_valley("momentum 0.9, 0.01"),
                   equal = in_valley("momentum 0.9, 0.001");
      return lab::Judged{sgd == 691 && best == 95 && plain == 1375 && momentum == 263 && equal == 1246,
                         lab::text(sgd, " and ", best, ", ", plain, ", ", momentum, " and ", equal)};
    });
    claims.add("at its best, momentum needs fewer steps than SGD at its best (S40)", [&] {
      const double best = in_valley("momentum, 4/121, best μ"), sgd = in_valley("SGD, 2/101");
      return lab::Judged{best < sgd, lab::text(best, " against ", sgd)};
    });
    claims.add("most of what μ = 0.9 gains at rate 0.01 is its ten times larger effective rate", [&] {
      const double plain = in_valley("SGD, 0.01"), momentum = in_valley("momentum 0.9, 0.01"),
                   equal = in_valley("momentum 0.9, 0.001");
      return lab::Judged{
          plain - equal < 0.5 * (plain - momentum),
          lab::text("SGD ", plain, " steps, momentum ", momentum, ", at the same effective rate 0.01 ", equal)};
    });
    const char *zigzag = "SGD, 2/101", *damped = "momentum 0.9, 0.2/101";
    claims.add("at the same effective rate 2/101 momentum damps the oscillation across the valley (S40)", [&] {
      return lab::Judged{in_valley(damped, sides) < in_valley(zigzag, sides) &&
                             in_valley(damped, settled) < in_valley(zigzag, settled),
                         lab::text(sides, " ", in_valley(damped, sides), " against ", in_valley(zigzag, sides), ", ",
                                   settled, " ", in_valley(damped, settled), " against ", in_valley(zigzag, settled))};
    });

    const auto decays = [&](const char* claim, const char* of) {
      claims.add(claim, [&] {
        const std::string rule = best_of(results, of);
        const auto curve = results.curve(rule, "effective");
        lab::enough(curve.size() > 1, "a decay needs two epochs");
        double rise = 0;  // the largest from one epoch to the next
        for (std::size_t i = 1; i < curve.size(); ++i)
          rise = (std::max)(rise, curve[i].median / curve[i - 1].median - 1);
        return lab::Judged{rise <= 0.01,
                           lab::text(rule, ": median lr/√v̂ ", curve.front().median, " after the first epoch, ",
                                     curve.back().median, " at the end, largest rise in one ", lab::percent(rise))};
      });
    };
    decays("Adam's effective rate decays throughout training (S41)", "Adam");
    decays("AdaGrad's effective rate decays throughout training", "AdaGrad");

    const auto early = [&](const std::string& name) { return results.curve(name, "training loss").front().median; };
    const auto test = [&](const std::string& name) { return results.quartiles(name, "final test accuracy"); };
    const auto said = [&](const std::string& name) {
      return lab::text(name, " ", test(name).median, " (", test(name).lower, " to ", test(name).upper, ")");
    };
    claims.add("Adam converges fastest: lowest training loss in the first epoch, all at their best rates", [&] {
      const std::string adam = best_of(results, "Adam"), sgd = best_of(results, "SGD"),
                        momentum = best_of(results, "momentum");
      return lab::Judged{
          early(adam) < early(sgd) && early(adam) < early(momentum),
          lab::text(adam, " ", early(adam), "; ", sgd, " ", early(sgd), "; ", momentum, " ", early(momentum))};
    });
    claims.add("the better of SGD and momentum beats Adam on held-out data (S41), quartiles apart", [&] {
      const std::string adam = best_of(results, "Adam"), sgd = best_of(results, "SGD"),
                        momentum = best_of(results, "momentum");
      const std::string& better = test(momentum).median > test(sgd).median ? momentum : sgd;
      return lab::Judged{test(better).lower > test(adam).upper, said(better) + "; " + said(adam)};
    });
    claims.add("switching late from Adam to momentum beats the same Adam on held-out data, quartiles apart", [&] {
      const std::string late = best_of(results, "Adam then momentum"), same = lab::text("Adam, lr ", before_switch);
      return lab::Judged{test(late).lower > test(same).upper, said(late) + "; " + said(same)};
    });
    return claims;
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    std::vector<lab::Figure> panels;
    for (const char* rule : {"SGD, 2/101", "momentum, 4/121, best μ", "momentum 0.9, 0.2/101", "momentum 0.9, 0.01"}) {
      const std::string configuration = std::string("valley: ") + rule;
      const auto a = results.curve(configuration, "a"), b = results.curve(configuration, "b");
      std::vector<lab::Point> path;
      double reach = 0;
      for (std::size_t i = 0; i < a.size(); ++i) {
        path.emplace_back(a[i].median, b[i].median);
        reach = (std::max)(reach, 1.05 * std::abs(b[i].median));
      }
      const std::pair<double, double> along{-0.4, 1.1}, across{-reach, reach};
      lab::Figure figure({.title = rule, .x = "a", .y = "b", .x_range = along, .y_range = across});
      figure.contours(lab::Grid::of(along, across, 91, 91, height), {0.05, 0.3, 1, 3, 10, 25, 50, 100, 200, 400});
      panels.push_back(figure.line("", path, {.index = static_cast<int>(panels.size())}));
    }
    to.save("optimizers-paths", panels, {.columns = 2, .height = 300, .title = "The first 60 steps in the valley"});

    lab::Figure distance({.title = "The valley", .x = "step", .y = "max(|a|, |b|)", .log_y = true});
    for (const std::string& configuration : results.configurations())
      if (configuration.starts_with("valley: "))
        distance.line(configuration.substr(8), results.curve(configuration, "distance"));
    to.save("optimizers-steps", distance.level(1e-6, "reached"));

    lab::Figure loss({.title = "Training", .x = "epoch", .y = "training loss", .log_y = true});
    lab::Figure test({.title = "Held-out data", .x = "epoch", .y = "test accuracy"});
    lab::Figure rate({.title = "Median over the weights", .x = "epoch", .y = "lr / √v̂", .log_y = true});
    for (const char* rule : {"SGD", "momentum", "Adam", "Adam then momentum"}) {
      const std::string best = best_of(results, rule);
      loss.line(best, results.curve(best, "training loss"));
      test.line(best, results.curve(best, "test accuracy"));
    }
    for (const auto& [rule, look] : {std::pair("Adam", 2), std::pair("AdaGrad", 4)})
      rate.line(best_of(results, rule), results.curve(best_of(results, rule), "effective"), {.index = look});
    to.save("optimizers-digits", {loss, test, rate}, {.height = 330});
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<Optimizers>(argc, argv); }
