// SPDX-License-Identifier: MIT
// Why does a +x keep gradients alive? The smallest deep networks there are, chains of y = 0.8 x + 0.1 and of
// y = x + (0.2 x + 0.05): their signals and gradients layer by layer, by the formula and on networks of the library.
#include "support/lab.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace evomlp;

namespace {

constexpr int layers = 10, many = 100;

template <int depth>
using Plain = Sequential<Repeat<depth, Linear<1, 1>>>;
template <int depth>
using Residual = Sequential<Repeat<depth, ResidualBlock<1, Linear<1, 1>>>>;

/// A chain whose layers, or the F of its blocks, are a x + b.
struct Chain {
  std::string name;
  bool residual;
  double a, b;

  double slope() const { return residual ? 1 + a : a; }  // of a whole layer
};
const std::vector<Chain> chains{{"plain: 0.8 x + 0.1", false, 0.8, 0.1},
                                {"residual: x + (0.2 x + 0.05)", true, 0.2, 0.05},
                                {"plain: 0.99 x", false, 0.99, 0},
                                {"residual: x - 0.01 x", true, -0.01, 0}};
const std::string plain = chains[0].name, residual = chains[1].name;

/// first, first + step, …: `count` of them, exact in tenths.
std::vector<double> tenths(int first, int step, int count) {
  std::vector<double> all;
  for (int i = 0; i < count; ++i) all.push_back((first + step * i) / 10.0);
  return all;
}
const std::vector<double> inputs = tenths(-20, 5, 9), slopes = tenths(-10, 1, 21), places = tenths(0, 10, layers + 1);

/// L = the output.
struct Output {
  static auto value(auto y, auto /*t*/) { return y; }
  static double slope(auto /*y*/, auto /*t*/) { return 1; }
};

/// What a step of training sees after each layer: its output and the gradient of L in it.
struct Probe {
  std::vector<double> signals, gradients;  // the latter from the last layer to the first

  template <class Node>
  static bool is_link(const Node& node) {  // a layer of the chain: not what is in a block, nor the network itself
    return !node.path.empty() && node.path.find("body") == std::string_view::npos;
  }
  void forward(const auto& node, auto /*x*/, auto y) {
    if (is_link(node)) signals.push_back(y(0, 0));
  }
  void backward(const auto& node, auto /*x*/, auto /*y*/, auto /*dy*/, auto dx) {
    if (is_link(node)) gradients.push_back(dx(0, 0));
  }
};

template <class Net>
Probe look(double a, double b, double x) {
  Model<Net, double> model;
  for (std::size_t i = 0; i < model.parameters().size(); i += 2) {
    model.parameters()[i] = a;
    model.parameters()[i + 1] = b;
  }
  Probe probe;
  const xt::xtensor<double, 2> input{{x}}, unused{{0}};
  observe(model, Output{}, input, unused, probe);
  return probe;
}
template <int depth>
Probe look(bool with_skip, double a, double b, double x = 1) {
  return with_skip ? look<Residual<depth>>(a, b, x) : look<Plain<depth>>(a, b, x);
}

/// After n layers y = s x + b, from 1: to the fixed point b / (1 − s), where there is one, by s^n.
double signal(const Chain& chain, int n) {
  const double s = chain.slope(), fixed = chain.b / (1 - s);
  return fixed + (1 - fixed) * std::pow(s, n);
}

lab::Figures measured(const Chain& chain) {
  lab::Figures figures;
  const Probe probe = look<layers>(chain.residual, chain.a, chain.b);
  for (int n = 0; n <= layers; ++n) {
    const auto at = static_cast<std::size_t>(n);
    figures.add("signal", n, n == 0 ? 1 : probe.signals[at - 1]).add("signal by formula", n, signal(chain, n));
    figures.add("gradient", n, n == layers ? 1 : probe.gradients[layers - 1 - at]);
    figures.add("gradient by formula", n, std::pow(chain.slope(), layers - n));
  }
  const Probe deep = look<many>(chain.residual, chain.a, chain.b);
  figures.add("gradient through 100", deep.gradients.back());
  figures.add("gradient through 100 by formula", std::pow(chain.slope(), many));
  for (const double x : inputs) {
    figures.add("layer", x, look<1>(chain.residual, chain.a, chain.b, x).signals[0]);
    figures.add("chain", x, look<layers>(chain.residual, chain.a, chain.b, x).signals.back());
  }
  for (const double a : slopes) {  // the same kind of chain with other slopes
    figures.add("by slope", a, look<layers>(chain.residual, a, 0).gradients.back());
    figures.add("by slope by formula", a, std::pow(chain.residual ? 1 + a : a, layers));
  }
  return figures;
}

struct Propagation {
  static constexpr const char* name = "propagation";
  static constexpr const char* about =
      "Why does a +x keep gradients alive? Chains of y = 0.8 x + 0.1 against y = x + (0.2 x + 0.05): signal and "
      "gradient "
      "layer by layer, by the formula and on networks of the library, through 10 layers and through 100.";

  static void measure(lab::Run& run) {
    run.setting("layers", layers);
    run.setting("input", 1);
    run.setting("scalar", "double");
    run.setting("gradient", "of the output in what enters layer 1, 2, ... (gradient@0, gradient@1, ...) and in itself");
    run.seeds(1);
    const auto figures =
        lab::all(lab::along("signal", places), lab::along("signal by formula", places), lab::along("gradient", places),
                 lab::along("gradient by formula", places), lab::along("layer", inputs), lab::along("chain", inputs),
                 lab::along("by slope", slopes), lab::along("by slope by formula", slopes),
                 std::vector<std::string>{"gradient through 100", "gradient through 100 by formula"});
    run.experiments(chains, figures, [](const Chain& chain, std::uint64_t) { return measured(chain); });
  }

  static lab::Claims judge(const lab::Results& results) {
    const auto difference = [](double found, double expected) {
      return found == expected ? 0 : std::abs(found - expected) / (std::max)(std::abs(found), std::abs(expected));
    };
    const auto close = [&](double found, double expected) { return difference(found, expected) <= 1e-12; };
    const auto exact = [](double value) { return lab::number(value, 12); };
    const auto gradient = [&](const std::string& chain) { return results.median(chain, "gradient@0"); };
    const auto through_many = [&](const std::string& chain) { return results.median(chain, "gradient through 100"); };
    const auto by_slope = [&](const char* a) { return results.median(residual, std::string("by slope@") + a); };

    lab::Claims claims;
    claims.add("networks of the library agree with the formulas to 1e-12", [&] {
      int compared = 0;
      double worst = 0;
      for (const std::string& chain : results.configurations())
        for (const std::string& figure : results.figures()) {
          const auto at = figure.find(" by formula");
          if (at == std::string::npos) continue;
          const std::string by_network = figure.substr(0, at) + figure.substr(at + 11);
          worst = (std::max)(worst, difference(results.median(chain, by_network), results.median(chain, figure)));
          ++compared;
        }
      lab::enough(compared > 0, "no number was computed both ways");
      return lab::Judged{worst <= 1e-12, lab::text("largest relative difference of ", compared, " numbers ", worst)};
    });
    claims.add(
        "ten layers of 0.8 x + 0.1 leave 0.8^10 = 0.1073741824 of the gradient, and turn 1 into 0.5536870912", [&] {
          const double vanished = gradient(plain);
          return lab::Judged{close(vanished, 0.1073741824) && close(results.median(plain, "signal@10"), 0.5536870912),
                             lab::text(exact(vanished), ", ", exact(results.median(plain, "signal@10")))};
        });
    claims.add("ten of x + (0.2 x + 0.05) multiply it by 1.2^10 = 6.1917364224, and turn 1 into 7.489670528", [&] {
      const double grown = gradient(residual);
      return lab::Judged{close(grown, 6.1917364224) && close(results.median(residual, "signal@10"), 7.489670528),
                         lab::text(exact(grown), ", ", exact(results.median(residual, "signal@10")))};
    });
    claims.add("their ratio is 1.5^10 = 57.6650390625 (the text's 57.8 divides rounded numbers)", [&] {
      const double grown = gradient(residual), vanished = gradient(plain);
      return lab::Judged{close(grown / vanished, 57.6650390625), exact(grown / vanished)};
    });
    claims.add("with a = -0.8 the residual chain's gradient is 0.00001, as the text's table says", [&] {
      return lab::Judged{by_slope("-0.8") > 0.5e-5 && by_slope("-0.8") < 1.5e-5,
                         lab::text("it is ", exact(by_slope("-0.8")), ", and 0.2^10 is ", exact(std::pow(0.2, layers)))};
    });
    claims.add(
        "the +x keeps the gradient alive where F is small: through 100 layers of slope 0.99 more than a "
        "third is left, through 100 of 0.8 nothing",
        [&] {
          return lab::Judged{through_many("residual: x - 0.01 x") > 1.0 / 3 && through_many(plain) < 1e-9,
                             lab::text(through_many("residual: x - 0.01 x"), " and ", through_many(plain))};
        });
    claims.add("it is the slope that counts, not the +x: a plain chain of slope 0.99 does the same", [&] {
      return lab::Judged{
          close(through_many("plain: 0.99 x"), through_many("residual: x - 0.01 x")),
          lab::text(exact(through_many("plain: 0.99 x")), " and ", exact(through_many("residual: x - 0.01 x")))};
    });
    claims.add("the +x keeps the gradient near 1 (within a factor of 10) through 100 layers of F = 0.2 x + 0.05 too",
               [&] {
                 return lab::Judged{through_many(residual) < 10 && through_many(residual) > 0.1,
                                    lab::text("it is ", through_many(residual), ", and 1.2^100 is ", std::pow(1.2, many))};
               });
    return claims;
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    lab::Figure signals({.title = "Signal by layer, from 1", .x = "layer", .y = "output"});
    lab::Figure gradients(
        {.title = "Gradient by layer (dotted: the ideal, 1)", .x = "layer", .y = "gradient", .log_y = true});
    lab::Figure lines({.title = "One layer (points) and ten (lines)", .x = "x", .y = "y", .y_range = {{-3, 5}}});
    lab::Figure by_slope({.title = "Gradient through ten layers (dotted: 1)",
                          .x = "a",
                          .y = "gradient",
                          .log_y = true,
                          .y_range = {{1e-11, 1e4}}});
    for (const std::string& chain : {plain, residual}) {
      const std::string kind = chain.substr(0, chain.find(':')), law = chain.substr(chain.find(':') + 2);
      signals.points(law, results.curve(chain, "signal"));
      gradients.points(law, results.curve(chain, "gradient"));
      lines.points(law, results.curve(chain, "layer"));
      by_slope.points(kind == "plain" ? "plain: a^10" : "residual: (a + 1)^10",
                      without_zero(results.curve(chain, "by slope")));
    }
    int index = 0;
    for (const std::string& chain : {plain, residual}) {  // the formulas as lines through the measured points
      signals.line("", results.curve(chain, "signal by formula"), {.index = index, .marks = false});
      gradients.line("", results.curve(chain, "gradient by formula"), {.index = index, .marks = false});
      lines.line("", results.curve(chain, "chain"), {.index = index, .marks = false});
      by_slope.line("", without_zero(results.curve(chain, "by slope by formula")), {.index = index, .marks = false});
      ++index;
    }
    lines.line("y = x", {{-2, -2}, {2, 2}}, {.index = 6, .marks = false});
    gradients.level(1);
    by_slope.level(1);
    to.save("propagation", {signals, gradients, lines, by_slope}, {.columns = 2, .height = 380});
  }

  /// A gap in the place of a 0, which a log axis doesn't have.
  static std::vector<lab::Point> without_zero(std::vector<lab::Point> points) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    for (lab::Point& point : points)
      if (std::abs(point.median) < 1e-30) point = {point.at, none};
    return points;
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<Propagation>(argc, argv); }
