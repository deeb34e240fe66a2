// SPDX-License-Identifier: MIT
// What mnist-depth's CSV says about the claims.
#pragma once

#include "../support/results.hpp"
#include "../support/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace mnist_depth {

// The configurations.
inline constexpr const char *layers_5 = "5 layers", *layers_5_bn = "5 layers, BN",
                            *layers_5_normal = "5 layers, N(0,1)", *layers_5_fast = "5 layers, N(0,1), lr 1e-2",
                            *layers_22 = "22 layers", *layers_22_bn = "22 layers, BN", *plain = "41 layers, plain",
                            *plain_200 = "41 layers, plain, 200 steps", *bn = "41 layers, BN",
                            *plateau = "41 layers, BN, plateau", *slow = "41 layers, BN, lr 1e-4",
                            *sgd = "41 layers, BN, SGD", *residual = "41 layers, residual";

/// "90.4 %, 91.5 %": seed by seed.
inline std::string percents(const std::vector<double>& values) {
  std::string all;
  for (const double value : values) all += (all.empty() ? "" : ", ") + lab::percent(value);
  return all;
}

/// What becomes of a net in training, seed by seed.
struct Course {
  Course(const lab::Results& results, const std::string& name)
      : best(results.values(name, "best")),
        epoch(results.values(name, "best_epoch")),
        last(results.values(name, "last")),
        loss_min(results.values(name, "loss_min")),
        loss_last(results.values(name, "loss_last")),
        epochs(static_cast<std::size_t>(results.curve(name, "loss").back().at)) {}

  std::vector<double> best, epoch, last, loss_min, loss_last;
  std::size_t epochs;

  std::size_t seeds() const { return best.size(); }
  double worst_best() const { return *std::min_element(best.begin(), best.end()); }
  double best_best() const { return *std::max_element(best.begin(), best.end()); }
  /// At its end a seed is 10 points below its best.
  bool falls(std::size_t seed) const { return last[seed] < best[seed] - 0.1; }
  /// And its training loss is 30 % above its lowest.
  bool degrades(std::size_t seed) const { return falls(seed) && loss_last[seed] > 1.3 * loss_min[seed]; }
  std::size_t count(bool (Course::*what)(std::size_t) const) const {
    std::size_t seeds_with = 0;
    for (std::size_t seed = 0; seed < seeds(); ++seed) seeds_with += (this->*what)(seed) ? 1 : 0;
    return seeds_with;
  }
  std::size_t fallen() const { return count(&Course::falls); }
  std::size_t degraded() const { return count(&Course::degrades); }
  std::string text() const {
    std::string all;
    for (std::size_t i = 0; i < seeds(); ++i)
      all += lab::text(all.empty() ? "" : "; ", "best ", lab::percent(best[i]), " (epoch ", epoch[i], "), last ",
                       lab::percent(last[i]), ", lowest training loss ", loss_min[i], ", last ", loss_last[i]);
    return all;
  }
};

/// By how much dL/d(output of a Linear) grows from layer to layer towards the input, at the start.
inline double growth(const lab::Results& results, const std::string& name) {
  const auto d = results.curve(name, "d_start");
  return std::pow(d.front().median / d.back().median, 1 / (d.back().at - d.front().at));
}
inline lab::Verdict grows(const lab::Results& results, const std::string& name, const std::string& claim, double from,
                          double to) {
  const auto d = results.curve(name, "d_start"), dW = results.curve(name, "dW_start");
  const double factor = growth(results, name);
  return {lab::text(claim, " (a factor of ", from, " to ", to, " a layer)"), from <= factor && factor <= to,
          lab::text("|dL/dy| at the start is ", d.front().median, " in layer 1 and ", d.back().median, " in layer ",
                    d.back().at, ": ", factor, " a layer; |dL/dW| is ", dW.front().median, " and ", dW.back().median)};
}

inline void judge_5_layers(const lab::Results& results, std::vector<lab::Verdict>& verdicts) {
  if (results.has(layers_5)) {
    const Course he(results, layers_5);
    verdicts.push_back({"5 layers learn from He's start: validation above 96 %", he.worst_best() > 0.96,
                        lab::text("best ", percents(he.best), "; test ", percents(results.values(layers_5, "test")))});
  }
  for (const char* name : {layers_5_normal, layers_5_fast}) {
    if (!results.has(name)) continue;
    const Course normal(results, name);
    const std::size_t epoch = (std::min)(normal.epochs, std::size_t{5});
    const auto then = results.values(name, lab::text("val@", epoch));
    verdicts.push_back({lab::text(name, ": do not learn, validation below 20 % after five epochs"),
                        *std::max_element(then.begin(), then.end()) < 0.2,
                        lab::text(percents(then), " after ", epoch, " epochs; ", normal.text(),
                                  "; |dL/dW| of layer 1 at the start ", results.median(name, "dW_start@1"))});
  }
}

inline void judge_22_layers(const lab::Results& results, std::vector<lab::Verdict>& verdicts) {
  if (!results.has(layers_22) || !results.has(layers_22_bn)) return;
  const Course without(results, layers_22), with(results, layers_22_bn);
  verdicts.push_back({"22 layers learn without BN: validation above 90 %", without.worst_best() > 0.9, without.text()});
  const double jump = results.median(layers_22, "jump"), smooth = results.median(layers_22_bn, "jump");
  verdicts.push_back({"BN makes the jumps of the accuracy at least three times smaller at 22 layers", 3 * smooth < jump,
                      lab::text("largest step from epoch to epoch after the fifth: ", lab::percent(jump), " without, ",
                                lab::percent(smooth), " with BN")});
}

inline void judge_plain(const lab::Results& results, std::vector<lab::Verdict>& verdicts) {
  for (const char* name : {plain_200, plain}) {
    if (!results.has(name)) continue;
    const Course course(results, name);
    verdicts.push_back({lab::text(name, ": stay at 10 to 12 %"), course.best_best() < 0.125,
                        lab::text("best validation ", percents(course.best), ", last ", percents(course.last), " in ",
                                  course.epochs, " epochs, training loss ", results.median(name, "loss_last"))});
  }
  if (!results.has(plain_200)) return;
  const double start = results.median(plain_200, "output_sd@0"), later = results.median(plain_200, "output_sd@20");
  verdicts.push_back(
      {"within 20 steps their outputs become the same for all images: a tenth of the spread at the start or less",
       later <= 0.1 * start,
       lab::text("standard deviation of an output over the batch: ", start, " at the start, ", later,
                 " after 20 steps; spread through the net at the start: ",
                 results.curve(plain_200, "spread_start").front().median, " in layer 1, ",
                 results.curve(plain_200, "spread_start").back().median, " in the last")});
  verdicts.push_back(
      grows(results, plain_200, "at the start their gradient is not small, but the same in all layers", 0.93, 1.07));
  const auto end = results.curve(plain_200, "d_end");
  const double left = end.front().median / end.back().median;
  verdicts.push_back(
      {"it vanishes then, as a result: below a hundredth in layer 1 after these steps", left < 0.01,
       lab::text("|dL/dy| at the end is ", end.front().median, " in layer 1 and ", end.back().median, " in layer ",
                 end.back().at, ", at the start ", results.curve(plain_200, "d_start").front().median, " in layer 1")});
}

inline void judge_bn(const lab::Results& results, std::vector<lab::Verdict>& verdicts) {
  if (!results.has(bn)) return;
  const Course course(results, bn);
  verdicts.push_back(grows(results, bn, "BN makes the gradient grow towards the input", 1.15, 1.32));
  verdicts.push_back({"with BN 41 layers learn: validation above 50 %", course.worst_best() > 0.5, course.text()});
  const bool is_short = course.epochs < 15 && course.degraded() == 0;
  verdicts.push_back({"and then degrade: last validation 10 points below the best, training loss 30 % above its lowest",
                      2 * course.degraded() > course.seeds(),
                      lab::text(is_short ? "not long enough to tell: " : "", "in ", course.degraded(), " of ",
                                course.seeds(), " seeds after ", course.epochs, " epochs (the accuracy alone in ",
                                course.fallen(), "): ", course.text())});
  if (results.has(plateau) && results.has(plateau, "at_reduction")) {
    const Course reduced(results, plateau);
    const double gain = results.median(plateau, "last") - results.median(plateau, "at_reduction");
    verdicts.push_back(
        {"ReduceLROnPlateau recovers part of the fall: the last accuracy is above that at the first reduction, and "
         "above that without it",
         gain > 0.02 && results.median(plateau, "last") > results.median(bn, "last"),
         lab::text("medians: ", lab::percent(results.median(plateau, "at_reduction")),
                   " when the rate is first lowered (after epochs ",
                   lab::number(results.median(plateau, "reduced_after")), "), last ",
                   lab::percent(results.median(plateau, "last")), ", best ",
                   lab::percent(results.median(plateau, "best")), "; without the rule best ",
                   lab::percent(results.median(bn, "best")), ", last ", lab::percent(results.median(bn, "last")),
                   "; seed by seed: ", reduced.text())});
  }
  if (results.has(slow)) {
    const Course late(results, slow);
    verdicts.push_back({"a rate of 1e-4 delays it: the best epoch comes later",
                        results.median(slow, "best_epoch") > results.median(bn, "best_epoch"),
                        lab::text("degraded in ", late.degraded(), " of ", late.seeds(), " seeds: ", late.text())});
  }
  if (results.has(sgd)) {
    const Course plain_sgd(results, sgd);
    verdicts.push_back(
        {"with SGD they converge: above 50 %, and no fall", plain_sgd.worst_best() > 0.5 && plain_sgd.fallen() == 0,
         lab::text("degraded in ", plain_sgd.degraded(), " of ", plain_sgd.seeds(), " seeds: ", plain_sgd.text())});
  }
}

inline void judge_residual(const lab::Results& results, std::vector<lab::Verdict>& verdicts) {
  if (!results.has(residual)) return;
  const Course course(results, residual);
  verdicts.push_back(grows(results, residual, "residual modules make the gradient grow less", 1.05, 1.17));
  bool is_best = true;
  std::string others;
  for (const char* name : {plain, plain_200, bn, plateau, slow, sgd}) {
    if (!results.has(name)) continue;
    const Course other(results, name);
    is_best = is_best && course.worst_best() > other.best_best();
    others += lab::text("; ", name, " ", percents(other.best), " in ", other.epochs, " epochs");
  }
  verdicts.push_back({"residual modules beat all other nets of 41 layers: their worst seed the best of the others",
                      is_best, lab::text("best ", percents(course.best), " in ", course.epochs, " epochs", others)});
}

inline std::vector<lab::Verdict> judge(const lab::Results& results) {
  std::vector<lab::Verdict> verdicts;
  judge_5_layers(results, verdicts);
  judge_22_layers(results, verdicts);
  judge_plain(results, verdicts);
  judge_bn(results, verdicts);
  judge_residual(results, verdicts);
  return verdicts;
}

}  // namespace mnist_depth
