// SPDX-License-Identifier: MIT
// Degradation (S24): does a deeper plain network have a higher training error, and does a shortcut prevent it? (He et
// al. 2015)
//   build/bin/lab/degradation --data data/mnist
#include "support/digits.hpp"
#include "support/lab.hpp"
#include "support/paired.hpp"

#include <evomlp/evomlp.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace evomlp;

namespace {

constexpr std::size_t width = 32, pixels = 784, classes = 10;

// Depth counts the layers with weights; all nets of a depth have the same ones.
template <std::size_t Depth>
using Plain =
    Sequential<Linear<pixels, width>, ReLU, Repeat<Depth - 2, Linear<width, width>, ReLU>, Linear<width, classes>>;
template <std::size_t Depth>
using Normalised =
    Sequential<Linear<pixels, width>, BatchNorm1d<width>, ReLU,
               Repeat<Depth - 2, Linear<width, width>, BatchNorm1d<width>, ReLU>, Linear<width, classes>>;
template <std::size_t Depth>
using Residual = Sequential<Linear<pixels, width>, Repeat<Depth - 2, ResidualBlock<1, ReLU, Linear<width, width>>>,
                            ReLU, Linear<width, classes>>;

const std::vector<int> depths{5, 10, 20, 41};
const std::vector<std::string> kinds{"plain", "BatchNorm", "residual, small branches", "residual, He branches"};
const std::vector<std::string> rates{"0.003", "0.001", "0.0003"};

struct Setting {
  std::string name;
  double lr;
  bool he_branches;
};
std::string name_of(const std::string& kind, int depth, const std::string& rate) {
  const bool he = kind == kinds[3];
  return lab::text(kind.substr(0, kind.find(',')), " ", depth, ", lr ", rate, he ? ", He branches" : "");
}

/// The mean cosine of the angle between two rows. 1: they point the same way, however long they are. Without rows of 0,
/// which have no direction; none where that leaves no two, as of a dead network.
std::optional<double> alikeness(const xt::xtensor<float, 2>& rows) {
  std::vector<double> sum(rows.shape()[1]);
  double count = 0;
  for (std::size_t i = 0; i < rows.shape()[0]; ++i) {
    double squares = 0;
    for (std::size_t j = 0; j < sum.size(); ++j) squares += static_cast<double>(rows(i, j)) * rows(i, j);
    if (squares == 0) continue;
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += rows(i, j) / std::sqrt(squares);
    ++count;
  }
  if (count < 2) return {};
  double all = 0;
  for (const double one : sum) all += one * one;
  return (all - count) / (count * (count - 1));
}

const std::vector<int> shown_epochs{1, 2, 3, 5, 7, 10, 14, 20, 30, 40, 50};

struct Degradation {
  static constexpr const char* name = "degradation";
  static constexpr const char* about =
      "Trains plain networks, with and without BatchNorm, and residual ones of 5, 10, 20 and 41 layers of equal width "
      "on digits, each with several seeds and three learning rates, and compares their training error: does depth "
      "alone make it worse (degradation), and does a shortcut prevent it?";

  static void measure(lab::Run& run) {
    const auto samples = run.by_scale<std::size_t>(64, 2000);
    const lab::Digits digits = lab::digits(run, samples, samples);
    const int epochs = run.setting("epochs", run.by_scale(1, 50));
    const int batch = run.setting("batch", 32);
    run.setting("width", width);
    run.setting("update rule", "Adam, lr in the configuration's name, the same for all steps");
    run.setting("start", "He; small branches: init::residual_scaled(), a block's Linear times 1/sqrt(blocks)");
    run.seeds(5);

    const auto train = [&]<class Net>(const Setting& setting, std::uint64_t seed) {
      Model<Net> model(init::residual_scaled(), seed);  // He where there are no branches
      if (setting.he_branches) model = Model<Net>(init::he_normal(), seed);
      lab::Figures figures;
      const DepthReport start = init_report(model, CrossEntropyLoss{}, digits.train.x, digits.train.y);
      figures.add("gradient at start", start.layer("0").weight_gradient);
      figures.add("spread at start", start.snapshots[0].layers.back().spread);
      if (model.buffers().empty())  // else its prediction needs statistics that are not there yet
        if (const auto alike = alikeness(predict(model, digits.train.x))) figures.add("alikeness at start", *alike);
      const History history = fit(model, digits.train, CrossEntropyLoss{}, Adam{.lr = setting.lr},
                                  {.epochs = epochs, .batch_size = batch, .seed = seed, .restore_best = false});
      figures.add("training error", 1 - evaluate(model, digits.train, CrossEntropyLoss{}).accuracy);
      figures.add("training loss", history.loss.back());
      figures.add("test error", 1 - evaluate(model, digits.test, CrossEntropyLoss{}).accuracy);
      for (const int epoch : shown_epochs)
        if (epoch <= history.epochs()) figures.add("loss", epoch, history.loss[static_cast<std::size_t>(epoch - 1)]);
      return figures;
    };

    std::vector<Setting> settings, he_branches;
    for (const std::string& rate : rates) {
      settings.push_back({"lr " + rate, std::stod(rate), false});
      he_branches.push_back({"lr " + rate + ", He branches", std::stod(rate), true});
    }
    auto nets = for_each_net<Plain<5>, Plain<10>, Plain<20>, Plain<41>, Normalised<5>, Normalised<10>, Normalised<20>,
                             Normalised<41>, Residual<5>, Residual<10>, Residual<20>, Residual<41>>(
        {"plain 5", "plain 10", "plain 20", "plain 41", "BatchNorm 5", "BatchNorm 10", "BatchNorm 20", "BatchNorm 41",
         "residual 5", "residual 10", "residual 20", "residual 41"},
        settings, train);
    for (const auto& one : for_each_net<Residual<5>, Residual<10>, Residual<20>, Residual<41>>(
             {"residual 5", "residual 10", "residual 20", "residual 41"}, he_branches, train))
      nets.push_back(one);
    run.experiments(nets, lab::all({"training error", "training loss", "test error", "spread at start",
                                    "alikeness at start", "gradient at start"},
                                   lab::along("loss", shown_epochs)));
  }

  /// The configuration of a kind and depth at the rate with the lower training loss.
  static std::string best(const lab::Results& results, const std::string& kind, int depth) {
    std::string found;
    for (const std::string& rate : rates) {
      const std::string one = name_of(kind, depth, rate);
      if (!results.has(one)) continue;
      if (found.empty() || results.median(one, "training loss") < results.median(found, "training loss")) found = one;
    }
    if (found.empty()) throw lab::MissingError(lab::text("no results for ", kind, " of ", depth, " layers"));
    return found;
  }

  static lab::Claims judge(const lab::Results& results) {
    const auto of = [&](const std::string& kind, int depth) {
      return results.quartiles(best(results, kind, depth), "training error");
    };
    const auto by_depth = [&](const std::string& kind) {
      std::string text;
      for (const int depth : depths)
        text += lab::text(depth == depths[0] ? "" : ", ", depth, " layers ", lab::percent(of(kind, depth).median),
                          lab::failed(results, {best(results, kind, depth)}));
      return text;
    };
    lab::Claims claims;
    for (const std::string& kind : {kinds[0], kinds[1]})
      claims.add(lab::text(kind, ": 41 layers have a higher training error than 5, quartiles apart"), [&] {
        return lab::Judged{of(kind, 41).lower > of(kind, 5).upper, "medians " + by_depth(kind)};
      });
    for (const std::string& kind : {kinds[2], kinds[3]})
      claims.add(lab::text(kind, ": the training error of 41 layers is not above that of 5 by more than one point"),
                 [&] {
                   return lab::Judged{of(kind, 41).median <= of(kind, 5).median + 0.01, "medians " + by_depth(kind)};
                 });
    for (const std::string& other : {kinds[0], kinds[1]})
      claims.add(lab::text("at 41 layers ", kinds[2], " have a lower training error than ", other, ", quartiles apart"),
                 [&] {
                   return lab::Judged{
                       of(kinds[2], 41).upper < of(other, 41).lower,
                       lab::text("medians ", lab::percent(of(kinds[2], 41).median), " and ",
                                 lab::percent(of(other, 41).median),
                                 lab::failed(results, {best(results, kinds[2], 41), best(results, other, 41)}))};
                 });
    const auto start = [&](int depth, const char* figure) {
      return results.median(best(results, kinds[0], depth), figure);
    };
    claims.add(
        "plain: the gradient vanishes, at the start that of the first layer is a hundred times smaller with 41 layers "
        "than with 5",
        [&] {
          return lab::Judged{start(41, "gradient at start") < start(5, "gradient at start") / 100,
                             lab::text("norm of dL/dW ", start(5, "gradient at start"), " with 5, ",
                                       start(41, "gradient at start"), " with 41 layers")};
        });
    claims.add(
        "plain: at the start 41 layers give nearly the same direction for every sample (mean cosine above 0.9), 5 do "
        "not",
        [&] {
          return lab::Judged{
              start(41, "alikeness at start") > 0.9 && start(5, "alikeness at start") <= 0.9,
              lab::text("mean cosine of two outputs ", start(5, "alikeness at start"), " with 5, ",
                        start(41, "alikeness at start"), " with 41 layers; spread, which differing lengths keep up, ",
                        start(5, "spread at start"), " and ", start(41, "spread at start"))};
        });
    return claims;
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    const auto against_depth = [&](const std::string& title, const std::string& figure, const std::string& y,
                                   bool log) {
      lab::Figure panel({.title = title, .x = "layers with weights", .y = y, .log_y = log, .x_range = {{0, 45}}});
      for (std::size_t i = 0; i < kinds.size(); ++i) {
        std::vector<std::pair<double, std::string>> by_depth;
        for (const int depth : depths) by_depth.emplace_back(depth, best(results, kinds[i], depth));
        const auto points = results.across(by_depth, figure);
        if (!points.empty()) panel.line(kinds[i], points, {.index = static_cast<int>(i)});  // the same look in every panel
      }
      return panel;
    };
    lab::Figure curves({.title = "41 layers: training loss", .x = "epoch", .y = "cross-entropy", .log_y = true});
    for (const std::string& kind : kinds)
      curves.line(kind, results.curve(best(results, kind, 41), "loss"), {.marks = false});
    to.save(name,
            {against_depth("training error at the end", "training error", "share of wrong answers", false), curves,
             against_depth("at the start: are all samples alike?", "alikeness at start", "mean cosine of two outputs",
                           false),
             against_depth("at the start: gradient of the first layer", "gradient at start", "norm of dL/dW", true)},
            {.columns = 2, .height = 430});
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<Degradation>(argc, argv); }
