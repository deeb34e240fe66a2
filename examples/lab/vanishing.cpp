// SPDX-License-Identifier: MIT
// Which start keeps gradients alive through ten layers? Sigmoid and ReLU, with and without BatchNorm before them, from
// six starts: the gradient in each layer's weights and in what each layer gives, before any training.
#include "support/lab.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

using namespace evomlp;

namespace {

constexpr std::size_t width = 64, outputs = 10, batch = 64;
constexpr int layers = 10;

using Hidden = Linear<width, width>;
using Last = Linear<width, outputs>;
using Norm = BatchNorm1d<width>;
using SigmoidNet = Sequential<Repeat<layers - 1, Hidden, Sigmoid>, Last, Sigmoid>;
using SigmoidBatchNorm = Sequential<Repeat<layers - 1, Hidden, Norm, Sigmoid>, Last, Sigmoid>;
using ReLUNet = Sequential<Repeat<layers - 1, Hidden, ReLU>, Last>;
using ReLUBatchNorm = Sequential<Repeat<layers - 1, Hidden, Norm, ReLU>, Last>;

/// Weights N(0, variance), biases 0.
struct Start {
  std::string name;
  double (*variance)(double in, double out);

  template <class T>
  void operator()(const ParameterInfo& parameter, const InitContext& context, std::span<T> values) const {
    if (parameter.rank != 2) return init::zeros()(parameter, context, values);
    const double value = variance(static_cast<double>(parameter.in), static_cast<double>(parameter.out));
    init::normal(0, std::sqrt(value))(parameter, context, values);
  }
};
const std::vector<Start> starts{{"N(0, 1)", [](double, double) { return 1.0; }},
                                {"N(0, 0.1^2)", [](double, double) { return 1e-2; }},
                                {"N(0, 0.01^2)", [](double, double) { return 1e-4; }},
                                {"N(0, 1/n)", [](double in, double) { return 1 / in; }},
                                {"Xavier", [](double in, double out) { return 2 / (in + out); }},
                                {"He", [](double in, double) { return 2 / in; }}};

double sum_of_squares(auto m) {
  double sum = 0;
  for (std::size_t i = 0; i < m.rows; ++i)
    for (std::size_t j = 0; j < m.cols; ++j) sum += m(i, j) * m(i, j);
  return sum;
}
/// The mean over the columns of their variance over the rows.
double variance_over_rows(auto m) {
  double sum = 0;
  for (std::size_t j = 0; j < m.cols; ++j) {
    double mean = 0;
    for (std::size_t i = 0; i < m.rows; ++i) mean += m(i, j) / static_cast<double>(m.rows);
    for (std::size_t i = 0; i < m.rows; ++i) sum += (m(i, j) - mean) * (m(i, j) - mean);
  }
  return sum / static_cast<double>(m.rows * m.cols);
}

/// Looks at a training step: z is what a Linear gives.
struct Probe {
  lab::Figures figures;
  int forward_layer = 0, backward_layer = layers;
  bool seen_relu = false;

  template <class Node>
  void forward(const Node&, auto x, auto y) {
    using Layer = typename Node::Layer;
    if constexpr (is_linear<Layer>) {
      const double mean_square = sum_of_squares(y) / static_cast<double>(y.rows * y.cols);
      figures.add("rms z", ++forward_layer, std::sqrt(mean_square));
      figures.add("spread", forward_layer, std::sqrt(variance_over_rows(y) / mean_square));
    } else if constexpr (std::is_same_v<Layer, ReLU>) {
      if (!seen_relu)  // the first one: its input is normal
        figures.add("ReLU second moment", sum_of_squares(y) / sum_of_squares(x))
            .add("ReLU variance", variance_over_rows(y) / variance_over_rows(x));
      seen_relu = true;
    }
  }
  template <class Node>
  void backward(const Node& node, auto /*x*/, auto /*y*/, auto dy, auto /*dx*/) {
    using Layer = typename Node::Layer;
    if constexpr (is_linear<Layer>) {
      figures.add("dW", backward_layer, std::sqrt(sum_of_squares(node.grad[Layer::weight])));
      figures.add("dz", backward_layer--, std::sqrt(sum_of_squares(dy)));
    }
  }

 private:
  template <class Layer>
  static constexpr bool is_linear = std::is_same_v<Layer, Hidden> || std::is_same_v<Layer, Last>;
};

template <class Net>
lab::Figures measured(const Start& start, std::uint64_t seed) {
  const Model<Net, double> model(start, seed);
  const Random inputs(seed, Stream::data, 0), targets(seed, Stream::data, 1);
  auto x = make_matrix<double>(batch, width), y = make_matrix<double>(batch, outputs);
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = inputs.normal(i);
  for (std::size_t i = 0; i < y.size(); ++i) y.data()[i] = targets.uniform(i);
  Probe probe;
  observe(model, MSELoss{.reduction = Reduction::half_sum_per_sample}, x, y, probe);
  const std::map<std::string, double> by_name(probe.figures.begin(), probe.figures.end());
  probe.figures.add("g", std::log10(by_name.at("dz@1") / by_name.at("dz@9")));
  return probe.figures;
}

/// docs/lab/vanishing.md says where these come from: g, its standard deviation over 20 seeds, |dW| of six layers.
struct Reference {
  std::string name;
  double g, deviation;
  std::vector<double> dw;
};
const std::vector<int> reference_layers{1, 2, 4, 6, 8, 10};
const std::vector<Reference> references{
    {"sigmoid, N(0, 1)", -0.52, 0.10, {3.8e-2, 4.5e-2, 8.9e-2, 1.6e-1, 2.3e-1, 3.5e-1}},
    {"sigmoid, N(0, 0.1^2)", -5.77, 0.05, {7.7e-8, 4.9e-7, 1.4e-5, 3.7e-4, 1.0e-2, 2.7e-1}},
    {"sigmoid, N(0, 1/n)", -5.07, 0.05, {4.6e-7, 2.9e-6, 5.6e-5, 1.0e-3, 1.9e-2, 3.2e-1}},
    {"sigmoid, Xavier", -5.07, 0.06, {6.1e-7, 4.5e-6, 8.6e-5, 1.5e-3, 2.9e-2, 3.7e-1}},
    {"sigmoid BN, Xavier", -0.58, 0.03, {7.8e-2, 7.8e-2, 7.8e-2, 7.7e-2, 7.1e-2, 3.4e-1}},
    {"ReLU, N(0, 0.01^2)", -9.99, 0.09, {1.1e-11, 1.9e-11, 3.2e-11, 4.5e-11, 5.3e-11, 6.5e-11}},
    {"ReLU, N(0, 0.1^2)", -1.99, 0.09, {1.1e-2, 1.9e-2, 3.2e-2, 4.5e-2, 5.3e-2, 6.5e-2}},
    {"ReLU, N(0, 1)", 6.22, 0.10, {1.5e15, 3.0e15, 4.6e15, 5.8e15, 5.4e15, 5.3e15}},
    {"ReLU, Xavier", -1.22, 0.08, {1.1e-1, 1.7e-1, 3.0e-1, 4.2e-1, 5.2e-1, 4.8e-1}},
    {"ReLU, He", 0.18, 0.11, {7.6, 15, 23, 29, 28, 28}},
    {"ReLU BN, He", 0.48, 0.02, {11, 8.9, 6.1, 4.3, 3.1, 7.6}}};

struct Logarithms {
  double mean, deviation, count;
};
Logarithms logarithms(const std::vector<double>& values) {
  Logarithms found{0, 0, static_cast<double>(values.size())};
  for (const double value : values) found.mean += std::log(value) / found.count;
  for (const double value : values) found.deviation += std::pow(std::log(value) - found.mean, 2);
  found.deviation = std::sqrt(found.deviation / (std::max)(found.count - 1, 1.0));
  return found;
}

struct Vanishing {
  static constexpr const char* name = "vanishing";
  static constexpr const char* about =
      "Which start keeps gradients alive through ten layers? Sigmoid and ReLU, with and without BatchNorm before them, "
      "with weights from N(0, 1), N(0, 0.1^2), N(0, 0.01^2), N(0, 1/n), Xavier's and He's: norms of dL/dW and dL/dz "
      "(z: what a Linear gives) by layer, before any training.";

  static void measure(lab::Run& run) {
    run.setting("network",
                "ten Linear layers 64-64-...-64-10; sigmoid on all ten, or ReLU on nine; BatchNorm before "
                "the activation, not on the last layer");
    run.setting("batch", batch);
    run.setting("input", "N(0, 1)");
    run.setting("targets", "U(0, 1)");
    run.setting("loss", "half the sum of squares, mean over the batch");
    run.setting("biases", 0);
    run.setting("scalar", "double");
    run.setting("g", "log10(|dz of layer 1| / |dz of layer 9|)");
    run.seeds(20);
    const auto nets = for_each_net<SigmoidNet, SigmoidBatchNorm, ReLUNet, ReLUBatchNorm>(
        {"sigmoid", "sigmoid BN", "ReLU", "ReLU BN"}, starts,
        []<class Net>(const Start& start, std::uint64_t seed) { return measured<Net>(start, seed); });
    std::vector<std::string> figures{"g", "ReLU second moment", "ReLU variance"};
    for (const char* figure : {"dW", "dz", "rms z", "spread"})
      for (int layer = 1; layer <= layers; ++layer) figures.push_back(lab::text(figure, "@", layer));
    run.experiments(nets, figures);
  }

  static lab::Claims judge(const lab::Results& results) {
    const auto median = [&](const std::string& net, const char* figure) { return results.median(net, figure); };
    const auto g_of = [&](const char* net) { return lab::text(net, " 10^", lab::number(median(net, "g"), 3)); };
    lab::Claims claims;

    const auto dw_of = [&](const Reference& one, std::size_t i) {
      return logarithms(results.values(one.name, lab::text("dW@", reference_layers[i])));
    };
    claims.add(
        "the changes of |dz| from layer 9 to layer 1 are those of another program, within 4 standard deviations", [&] {
          int inside = 0, all = 0;
          std::string table;
          for (const Reference& one : references) {
            const double g = median(one.name, "g");
            inside += std::abs(g - one.g) <= 4 * one.deviation;
            ++all;
            table += lab::text("\n    ", one.name, ": g ", lab::number(g, 3), " (", one.g, " +- ", one.deviation,
                               "), |dW| of layers 1 2 4 6 8 10:");
            for (std::size_t i = 0; i < one.dw.size(); ++i)
              table +=
                  lab::text(" ", lab::number(std::exp(dw_of(one, i).mean), 2), " (", lab::number(one.dw[i], 2), ")");
          }
          return lab::Judged{inside == all,
                             lab::text(inside, " of ", all, " are; measured (the other program's):", table)};
        });
    claims.add("so are the norms of dW (geometric means), within 4 standard errors", [&] {
      int dw_inside = 0, dw_all = 0;
      for (const Reference& one : references)
        for (std::size_t i = 0; i < one.dw.size(); ++i) {
          const auto [found, deviation, seeds] = dw_of(one, i);
          // Four standard errors of the difference of two such means, and the two digits of the reference.
          dw_inside += std::abs(found - std::log(one.dw[i])) <= 4 * deviation * std::sqrt(2 / seeds) + 0.05;
          ++dw_all;
        }
      return lab::Judged{dw_inside == dw_all, lab::text(dw_inside, " of ", dw_all, " are")};
    });

    claims.add("sigmoid: the gradient is about 1e5 times smaller after eight layers (10^-4.5 to 10^-5.5)", [&] {
      const double sigmoid = median("sigmoid, Xavier", "g");
      return lab::Judged{sigmoid < -4.5 && sigmoid > -5.5, g_of("sigmoid, Xavier") + ", " + g_of("sigmoid, N(0, 1/n)")};
    });
    claims.add("it loses a factor below 0.25, the largest slope of a sigmoid, in each layer: about 0.232", [&] {
      const double factor = std::pow(10, median("sigmoid, Xavier", "g") / 8);
      return lab::Judged{factor < 0.25 && std::abs(factor - 0.232) < 0.02,
                         lab::text("a factor of ", lab::number(factor, 3), " per layer")};
    });
    claims.add("ReLU in its place relieves it: a thousand times less is lost with the same start", [&] {
      return lab::Judged{median("ReLU, Xavier", "g") - median("sigmoid, Xavier", "g") > 3,
                         g_of("ReLU, Xavier") + " against " + g_of("sigmoid, Xavier")};
    });
    const auto deviation = [&](const char* net, int layer) {  // of z between the samples
      return results.median(net, lab::text("rms z@", layer)) * results.median(net, lab::text("spread@", layer));
    };
    claims.add("Xavier's start suits sigmoid: the standard deviation of z stays the same within a factor of 10", [&] {
      return lab::Judged{deviation("sigmoid, Xavier", 9) > 0.1 * deviation("sigmoid, Xavier", 1),
                         lab::text(lab::number(deviation("sigmoid, Xavier", 1), 2), " at layer 1, ",
                                   lab::number(deviation("sigmoid, Xavier", 9), 2), " at layer 9")};
    });
    claims.add("He's start suits ReLU: the gradient keeps its scale within a factor of 10", [&] {
      return lab::Judged{std::abs(median("ReLU, He", "g")) < 1, g_of("ReLU, He")};
    });
    claims.add("weights of N(0, 1) make a ReLU network's gradient explode, by more than 1e5", [&] {
      return lab::Judged{median("ReLU, N(0, 1)", "g") > 5, lab::text(g_of("ReLU, N(0, 1)"), ", |dW| of layer 1 ",
                                                                     lab::number(median("ReLU, N(0, 1)", "dW@1"), 2))};
    });
    claims.add("BatchNorm before the sigmoid relieves it: the gradient keeps its scale within a factor of 10", [&] {
      return lab::Judged{std::abs(median("sigmoid BN, Xavier", "g")) < 1, g_of("sigmoid BN, Xavier")};
    });
    claims.add(
        "|dW| hides what |dz| shows: with ReLU and N(0, 0.01^2) layer 1 has a |dW| within a factor of 10 of layer "
        "9's, and a |dz| 1e9 times smaller or more",
        [&] {
          const double dw = median("ReLU, N(0, 0.01^2)", "dW@1") / median("ReLU, N(0, 0.01^2)", "dW@9");
          return lab::Judged{dw > 0.1 && dw < 10 && median("ReLU, N(0, 0.01^2)", "g") < -9,
                             lab::text("|dW| x ", lab::number(dw, 2), ", |dz| x 10^",
                                       lab::number(median("ReLU, N(0, 0.01^2)", "g"), 3))};
        });

    claims.add("Var(ReLU(z)) = Var(z)/2, as the document says", [&] {
      const double variance = median("ReLU, He", "ReLU variance");
      return lab::Judged{std::abs(variance - 0.5) < 0.02, lab::text("Var(ReLU(z)) = ", lab::number(variance, 3),
                                                                    " Var(z); (1 - 1/pi)/2 = 0.341 for a normal z")};
    });
    claims.add("E[ReLU(z)^2] = Var(z)/2, which is what He's start needs", [&] {
      const double second = median("ReLU, He", "ReLU second moment");
      return lab::Judged{std::abs(second - 0.5) < 0.02,
                         lab::text("E[ReLU(z)^2] = ", lab::number(second, 3), " Var(z)")};
    });
    claims.add(
        "so He's start keeps the signal's size (within a factor of 2 over nine layers), but not the samples' "
        "differences (spread below 0.6)",
        [&] {
          const double scale = median("ReLU, He", "rms z@9") / median("ReLU, He", "rms z@1"),
                       spread = median("ReLU, He", "spread@9");
          return lab::Judged{scale > 0.5 && scale < 2 && spread < 0.6,
                             lab::text("rms of z x ", lab::number(scale, 2), ", spread ",
                                       lab::number(median("ReLU, He", "spread@1"), 2), " at layer 1, ",
                                       lab::number(spread, 2), " at layer 9")};
        });
    return claims;
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    std::vector<lab::Figure> panels;
    for (const std::string figure : {"dz", "dW"})
      for (const std::string net : {"sigmoid", "ReLU"}) {
        lab::Figure panel({.title = lab::text(net, ": norm of dL/", figure),
                           .x = "layer",
                           .y = lab::text("|dL/", figure, "|"),
                           .log_y = true});
        for (const Start& start : starts) panel.line(start.name, results.curve(net + ", " + start.name, figure));
        panel.line("He, BN", results.curve(net + " BN, He", figure));
        panels.push_back(panel);
      }
    to.save("vanishing", panels, {.columns = 2, .height = 440});
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<Vanishing>(argc, argv); }
