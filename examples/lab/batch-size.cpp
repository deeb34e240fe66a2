// SPDX-License-Identifier: MIT
// batch-size: how many samples a step should look at. Steps in an epoch, the noise of the gradient, the linear scaling
// of the rate and where it ends, test error and sharpness from batches of one sample to the whole training set.
//
//   build/bin/lab/batch-size --out lab-output/batch-size
#include "batch-size/training.hpp"
#include "support/digits.hpp"
#include "support/lab.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

using namespace batch_size;

namespace {

const std::vector<int> noise_sizes{1, 2, 4, 8, 16, 32, 64, 128, 256}, epoch_sizes{1, 3, 7, 32, 50, 64, 99, 100};

std::string training(const std::string& budget, int size) { return lab::text(budget, ", B = ", size); }

/// How many steps fit takes for an epoch of 100 samples.
lab::Figures count_steps() {
  using Line = Sequential<Linear<1, 1>>;
  const Dataset<float> data{xt::zeros<float>({100, 1}), xt::zeros<float>({100, 1})};
  lab::Figures figures;
  for (const int size : epoch_sizes)
    for (const bool drop : {false, true}) {
      Model<Line> model;
      int taken = 0;
      fit(model, data, MSELoss{}, SGD{.lr = 0.1}, {.batch_size = size, .drop_last = drop}, StopAfter{-1, &taken});
      figures.add(drop ? "steps dropping the rest" : "steps", size, taken);
    }
  return figures;
}

/// Of the net that the reference figures are of: without biases, at its start.
lab::Figures gradient_noise(const lab::Images& data, bool replacement, int batches, std::uint64_t seed) {
  using Net = Sequential<Linear<784, 32, false>, ReLU, Linear<32, 10, false>>;
  const Model<Net> model(init::he_normal(), seed);
  const auto found =
      gradient_variance(model, data, CrossEntropyLoss{},
                        {.batch_sizes = noise_sizes, .batches = batches, .replacement = replacement, .seed = seed});
  lab::Figures figures{{"sigma2", found.sigma2}, {"squared mean", found.mean_norm2}, {"slope", found.slope()}};
  for (const auto& row : found.rows) {
    figures.add("variance", static_cast<double>(row.batch_size), row.variance);
    figures.add("law", static_cast<double>(row.batch_size), row.law);
  }
  return figures;
}

/// The points of a figure over the batch sizes.
std::vector<lab::Point> over_sizes(const lab::Results& results, const std::string& budget, const std::string& figure) {
  std::vector<std::pair<double, std::string>> by_size;
  for (const int size : sizes) by_size.emplace_back(size, training(budget, size));
  const auto points = results.across(by_size, figure);
  if (points.empty()) throw lab::MissingError(results.path().string() + ": no '" + figure + "' at " + budget);
  return points;
}

std::string listed(const std::vector<lab::Point>& points, bool as_percent) {
  std::string all;
  for (const auto& point : points)
    all += lab::text(all.empty() ? "B = " : ", ", point.at, ": ",
                     as_percent ? lab::percent(point.median) : lab::number(point.median, 3));
  return all;
}

const lab::Point& bottom(const std::vector<lab::Point>& curve) {
  return *std::min_element(curve.begin(), curve.end(),
                           [](const lab::Point& a, const lab::Point& b) { return a.median < b.median; });
}

const lab::Point& at_size(const std::vector<lab::Point>& curve, double size) {
  const auto found =
      std::find_if(curve.begin(), curve.end(), [&](const lab::Point& point) { return point.at == size; });
  if (found == curve.end()) throw lab::MissingError(lab::text("no results for batches of ", size));
  return *found;
}

/// Both ends above the bottom by more than the seeds' spread.
bool is_u(const std::vector<lab::Point>& curve) {
  lab::enough(curve.size() >= 3, "a U needs three batch sizes");
  return curve.front().lower > bottom(curve).upper && curve.back().lower > bottom(curve).upper;
}

/// Spearman's rank correlation of the batch size with a figure, over the medians.
double rank_correlation(const std::vector<lab::Point>& curve) {
  lab::enough(curve.size() >= 3, "a correlation needs three batch sizes");
  double squares = 0;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const auto below =
        std::count_if(curve.begin(), curve.end(), [&](const auto& p) { return p.median < curve[i].median; });
    squares += std::pow(static_cast<double>(i) - static_cast<double>(below), 2);
  }
  const double n = static_cast<double>(curve.size());
  return 1 - 6 * squares / (n * (n * n - 1));
}

struct BatchSize {
  static constexpr const char* name = "batch-size";
  static constexpr const char* about =
      "How many samples should a step look at? Steps in an epoch, the gradient's variance against sigma^2/B, the rate "
      "scaled with the batch and where that ends, and whether the test error is a U over the batch size, at equal "
      "epochs and at equal steps, with the sharpness of the minimum beside it.";

  static void measure(lab::Run& run) {
    const std::size_t samples = train_samples + validation_samples;
    const auto [images, test] = lab::digits(run, samples, run.by_scale<std::size_t>(500, 5000));
    const auto small = lab::pooled(images);
    const Data data{lab::part(small, 0, train_samples),
                    lab::part(small, train_samples, validation_samples),
                    lab::pooled(test),
                    run.setting("epochs (equal epochs)", run.by_scale(1, 20)),
                    run.setting("steps (equal steps)", run.by_scale(4, 320)),
                    run.setting("training loss (equal training loss)", run.by_scale(1.0, 0.05)),
                    run.setting("samples for the sharpness", run.by_scale(64, 512))};
    run.setting("samples trained on, of 14 x 14 pixels", train_samples);
    run.setting("samples to tune on", validation_samples);
    run.setting("network", "196-32-10, ReLU, He; SGD; cross-entropy");
    run.setting("network of the gradient noise",
                "784-32-10 without biases, ReLU, He, at its start, 2,000 samples of 28 x 28");
    run.setting("rates",
                "fixed 0.1; scaled 0.1 B / 16; tuned: of 0.00625, 0.0125, 0.025, ... 6.4 the one with the "
                "smallest validation error");
    run.setting("sharpness", "in double, to 5 %; left out where it does not converge in 300 products");
    run.setting("equal training loss", "at the fixed rate, seen after each epoch");
    const int batches = run.setting("batches for each variance", run.by_scale(3, 200));
    run.seeds(10);
    run.left_out("larger data sets and networks, momentum and Adam");

    std::vector<lab::Case> all{{"steps in an epoch of 100 samples", [](auto) { return count_steps(); }}};
    for (const bool replacement : {true, false})
      all.push_back({replacement ? "noise, with replacement" : "noise, without replacement",
                     [&images = images, replacement, batches](auto seed) {
                       return gradient_noise(images, replacement, batches, seed);
                     }});
    for (const auto& budget : budgets)
      for (std::size_t i = 0; i < sizes.size(); ++i)
        all.push_back(
            {training(budget, sizes[i]), [&, i](auto seed) { return train_at_rates(data, budget, i, seed); }});
    for (const int size : sizes)
      all.push_back(
          {training(to_low_loss, size), [&, size](auto seed) { return train_to_low_loss(data, size, seed); }});
    std::vector<std::string> figures{"sigma2", "squared mean", "slope"};
    for (const auto& rule : rules)
      for (const char* what : {"rate, ", "test error, ", "training loss, ", "sharpness, ", "sharpness residual, "})
        figures.push_back(what + rule);
    run.experiments(all,
                    lab::all(figures, lab::along("validation error", rates), lab::along("variance", noise_sizes),
                             lab::along("law", noise_sizes), lab::along("steps", epoch_sizes),
                             lab::along("steps dropping the rest", epoch_sizes)));
  }

  static lab::Claims judge(const lab::Results& results) {
    lab::Claims claims;
    const std::string counted = "steps in an epoch of 100 samples";
    for (const bool drop : {false, true}) {
      const std::string figure = drop ? "steps dropping the rest" : "steps";
      claims.add(
          drop ? "an epoch that drops the last short batch has floor(N/B) steps" : "an epoch has ceil(N/B) steps", [&] {
            const auto points = results.curve(counted, figure);
            const bool holds = std::all_of(points.begin(), points.end(), [&](const auto& p) {
              return p.lower == p.upper && p.median == (drop ? std::floor(100 / p.at) : std::ceil(100 / p.at));
            });
            return lab::Judged{holds, "N = 100, " + listed(points, false)};
          });
    }
    for (const std::string how : {"with", "without"}) {
      const std::string noise = "noise, " + how + " replacement";
      claims.add(how == "with" ? "the variance of a batch's gradient is sigma^2/B"
                               : "without replacement it is sigma^2/B (N-B)/(N-1)",
                 [&] {
                   const auto measured = results.curve(noise, "variance"), law = results.curve(noise, "law");
                   lab::enough(measured.size() == law.size(),
                               "variances and their law are not at the same batch sizes");
                   double worst = 0;
                   for (std::size_t i = 0; i < law.size(); ++i)
                     worst = (std::max)(worst, std::abs(measured[i].median / law[i].median - 1));
                   const double slope = results.median(noise, "slope");
                   return lab::Judged{worst <= 0.1 && std::abs(slope + 1) <= 0.05,
                                      lab::text("sigma^2 ", results.median(noise, "sigma2"),
                                                ", medians off by at most ", lab::percent(worst), ", slope ", slope)};
                 });
    }

    claims.add(
        "a rate scaled with the batch keeps the test error of B = 16 up to a critical size (to 1 point, "
        "equal epochs)",
        [&] {
          const auto scaled = over_sizes(results, "equal epochs", "test error, scaled");
          lab::enough(scaled.back().at > 16, "there is no batch size above 16");
          const double limit = at_size(scaled, 16).median + 0.01;
          const auto end =
              std::find_if(scaled.begin(), scaled.end(), [&](const auto& p) { return p.at > 16 && p.median > limit; });
          const std::string noise = "noise, with replacement";
          return lab::Judged{
              end != scaled.end() && std::prev(end)->at > 16,
              (end == scaled.end() ? std::string("no end") : lab::text("up to ", std::prev(end)->at)) + "; " +
                  listed(scaled, true) + "; noise scale sigma^2/|mean|^2 at the start " +
                  lab::number(results.median(noise, "sigma2") / results.median(noise, "squared mean"), 3)};
        });
    claims.add("the best rate grows with the batch in proportion (within a factor of 2 from B = 1 to 64, equal epochs)",
               [&] {
                 const auto tuned = over_sizes(results, "equal epochs", "rate, tuned");
                 lab::enough(tuned.front().at < 16, "there is no batch size below 16");
                 return lab::Judged{std::all_of(tuned.begin(), tuned.end(),
                                                [&](const auto& p) {
                                                  const double off = p.median / p.at / at_size(tuned, 16).median * 16;
                                                  return p.at > 64 || (off >= 0.5 && off <= 2);
                                                }),
                                    "best rates " + listed(tuned, false)};
               });

    for (const auto& budget : budgets)
      for (const auto& rule : rules)
        claims.add("the test error is a U over the batch size (" + budget + ", rate " + rule + ")", [&] {
          const auto curve = over_sizes(results, budget, "test error, " + rule);
          return lab::Judged{is_u(curve), listed(curve, true) + lab::text("; smallest at ", bottom(curve).at)};
        });
    claims.add("the smallest test error is at batches of 32 to 256, whatever the rule", [&] {
      int bottoms_inside = 0;
      std::string bottoms;
      for (const auto& budget : budgets)
        for (const auto& rule : rules) {
          const double at = bottom(over_sizes(results, budget, "test error, " + rule)).at;
          bottoms_inside += at >= 32 && at <= 256;
          bottoms += lab::text(bottoms.empty() ? "" : ", ", budget, " ", rule, " ", at);
        }
      return lab::Judged{bottoms_inside == 6, bottoms};
    });

    const auto sharper = [&](const std::string& budget, const std::string& rule) {
      claims.add(lab::text("large batches end in sharper minima than small ones, not in flatter ones (", budget,
                           ", rate ", rule, ")"),
                 [&] {
                   const auto curve = over_sizes(results, budget, lab::text("sharpness, ", rule));
                   const double correlation = rank_correlation(curve);
                   return lab::Judged{
                       correlation > 0.5,
                       lab::text("rank correlation ", lab::number(correlation, 2), "; sharpness ", listed(curve, false),
                                 "; training loss ",
                                 listed(over_sizes(results, budget, lab::text("training loss, ", rule)), false))};
                 });
    };
    sharper(to_low_loss, "fixed");
    sharper(budgets[1], "fixed");
    sharper(budgets[0], "tuned");
    return claims;
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    lab::Figure noise({.title = "Variance of the gradient (784-32-10 at its start)",
                       .x = "batch size",
                       .y = "variance",
                       .log_x = true,
                       .log_y = true,
                       .x_range = std::pair(0.9, 300.0)});
    int look = 0;
    for (const std::string how : {"with", "without"}) {
      noise.line("law, " + how + " replacement", results.curve("noise, " + how + " replacement", "law"),
                 {.index = look, .marks = false, .band = false});
      noise.points("measured, " + how, results.curve("noise, " + how + " replacement", "variance"), {.index = look++});
    }
    to.save("batch-size-noise", noise);

    std::vector<lab::Figure> panels;
    const auto panel = [&](const std::string& what, const std::string& budget) -> lab::Figure& {
      return panels.emplace_back(lab::Axes{.title = what + ", " + budget,
                                           .x = "batch size",
                                           .y = what,
                                           .log_x = true,
                                           .log_y = true,
                                           .x_range = std::pair(0.9, 1200.0)});
    };
    for (const std::string what : {"test error", "sharpness"})
      for (const auto& budget : budgets) {
        lab::Figure& one = panel(what, budget);
        for (const auto& rule : rules) one.line("rate " + rule, over_sizes(results, budget, what + ", " + rule));
      }
    panel("sharpness", to_low_loss).line("rate fixed", over_sizes(results, to_low_loss, "sharpness, fixed"));
    panel("best rate", budgets[0])
        .line("rate tuned", over_sizes(results, budgets[0], "rate, tuned"), {.index = 2})
        .line("rate scaled", over_sizes(results, budgets[0], "rate, scaled"), {.index = 1});
    to.save("batch-size", panels, {.columns = 2});
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<BatchSize>(argc, argv); }
