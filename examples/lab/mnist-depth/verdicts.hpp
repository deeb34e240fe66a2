// SPDX-License-Identifier: MIT
// What mnist-depth's CSV says about the claims.
#pragma once

#include "../support/claims.hpp"
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
inline void grows(lab::Claims& claims, const lab::Results& results, const std::string& name, const std::string& claim,
                  double from, double to) {
  claims.add(lab::text(claim, " (a factor of ", from, " to ", to, " a layer)"), [&] {
    const auto d = results.curve(name, "d_start"), dW = results.curve(name, "dW_start");
    lab::enough(d.size() > 1, "growth needs two layers");
    const double factor = growth(results, name);
    return lab::Judged{
        from <= factor && factor <= to,
        lab::text("|dL/dy| at the start is ", d.front().median, " in layer 1 and ", d.back().median, " in layer ",
                  d.back().at, ": ", factor, " a layer; |dL/dW| is ", dW.front().median, " and ", dW.back().median)};
  });
}

inline void judge_5_layers(const lab::Results& results, lab::Claims& claims) {
  claims.add("5 layers learn from He's start: validation above 96 %", [&] {
    const Course he(results, layers_5);
    return lab::Judged{he.worst_best() > 0.96,
                       lab::text("best ", percents(he.best), "; test ", percents(results.values(layers_5, "test")))};
  });
  for (const char* name : {layers_5_normal, layers_5_fast})
    claims.add(lab::text(name, ": do not learn, validation below 20 % after five epochs"), [&] {
      const Course normal(results, name);
      const std::size_t epoch = (std::min)(normal.epochs, std::size_t{5});
      const auto then = results.values(name, lab::text("val@", epoch));
      return lab::Judged{*std::max_element(then.begin(), then.end()) < 0.2,
                         lab::text(percents(then), " after ", epoch, " epochs; ", normal.text(),
                                   "; |dL/dW| of layer 1 at the start ", results.median(name, "dW_start@1"))};
    });
}

inline void judge_22_layers(const lab::Results& results, lab::Claims& claims) {
  claims.add("22 layers learn without BN: validation above 90 %", [&] {
    const Course without(results, layers_22);
    return lab::Judged{without.worst_best() > 0.9, without.text()};
  });
  claims.add("BN makes the jumps of the accuracy at least three times smaller at 22 layers", [&] {
    const double jump = results.median(layers_22, "jump"), smooth = results.median(layers_22_bn, "jump");
    return lab::Judged{3 * smooth < jump,
                       lab::text("largest step from epoch to epoch after the fifth: ", lab::percent(jump), " without, ",
                                 lab::percent(smooth), " with BN")};
  });
}

inline void judge_plain(const lab::Results& results, lab::Claims& claims) {
  for (const char* name : {plain_200, plain})
    claims.add(lab::text(name, ": stay at 10 to 12 %"), [&] {
      const Course course(results, name);
      return lab::Judged{course.best_best() < 0.125,
                         lab::text("best validation ", percents(course.best), ", last ", percents(course.last), " in ",
                                   course.epochs, " epochs, training loss ", results.median(name, "loss_last"))};
    });
  claims.add(
      "within 20 steps their outputs become the same for all images: a tenth of the spread at the start or less", [&] {
        const double start = results.median(plain_200, "output_sd@0"),
                     later = results.median(plain_200, "output_sd@20");
        const auto spread = results.curve(plain_200, "spread_start");
        return lab::Judged{later <= 0.1 * start,
                           lab::text("standard deviation of an output over the batch: ", start, " at the start, ",
                                     later, " after 20 steps; spread through the net at the start: ",
                                     spread.front().median, " in layer 1, ", spread.back().median, " in the last")};
      });
  grows(claims, results, plain_200, "at the start their gradient is not small, but the same in all layers", 0.93, 1.07);
  claims.add("it vanishes then, as a result: below a hundredth in layer 1 after these steps", [&] {
    const auto start = results.curve(plain_200, "d_start"), end = results.curve(plain_200, "d_end");
    return lab::Judged{end.front().median / end.back().median < 0.01,
                       lab::text("|dL/dy| at the end is ", end.front().median, " in layer 1 and ", end.back().median,
                                 " in layer ", end.back().at, ", at the start ", start.front().median, " in layer 1")};
  });
}

inline void judge_bn(const lab::Results& results, lab::Claims& claims) {
  grows(claims, results, bn, "BN makes the gradient grow towards the input", 1.15, 1.32);
  claims.add("with BN 41 layers learn: validation above 50 %", [&] {
    const Course course(results, bn);
    return lab::Judged{course.worst_best() > 0.5, course.text()};
  });
  claims.add("and then degrade: last validation 10 points below the best, training loss 30 % above its lowest", [&] {
    const Course course(results, bn);
    const std::string evidence =
        lab::text("in ", course.degraded(), " of ", course.seeds(), " seeds after ", course.epochs,
                  " epochs (the accuracy alone in ", course.fallen(), "): ", course.text());
    lab::enough(course.epochs >= 15 || course.degraded() > 0, "not long enough to tell: " + evidence);
    return lab::Judged{2 * course.degraded() > course.seeds(), evidence};
  });
  claims.add(
      "ReduceLROnPlateau recovers part of the fall: the last accuracy is above that at the first reduction, and "
      "above that without it",
      [&] {
        const Course reduced(results, plateau);
        const double before = results.median(plateau, "at_reduction"), after = results.median(plateau, "last"),
                     without = results.median(bn, "last");
        return lab::Judged{
            after - before > 0.02 && after > without,
            lab::text("medians: ", lab::percent(before), " when the rate is first lowered (after epochs ",
                      lab::number(results.median(plateau, "reduced_after")), "), last ", lab::percent(after), ", best ",
                      lab::percent(results.median(plateau, "best")), "; without the rule best ",
                      lab::percent(results.median(bn, "best")), ", last ", lab::percent(without),
                      "; seed by seed: ", reduced.text())};
      });
  claims.add("a rate of 1e-4 delays it: the best epoch comes later", [&] {
    const Course late(results, slow);
    return lab::Judged{results.median(slow, "best_epoch") > results.median(bn, "best_epoch"),
                       lab::text("degraded in ", late.degraded(), " of ", late.seeds(), " seeds: ", late.text())};
  });
  claims.add("with SGD they converge: above 50 %, and no fall", [&] {
    const Course plain_sgd(results, sgd);
    return lab::Judged{
        plain_sgd.worst_best() > 0.5 && plain_sgd.fallen() == 0,
        lab::text("degraded in ", plain_sgd.degraded(), " of ", plain_sgd.seeds(), " seeds: ", plain_sgd.text())};
  });
}

inline void judge_residual(const lab::Results& results, lab::Claims& claims) {
  grows(claims, results, residual, "residual modules make the gradient grow less", 1.05, 1.17);
  claims.add("residual modules beat all other nets of 41 layers: their worst seed the best of the others", [&] {
    const Course course(results, residual);
    bool is_best = true;
    std::string others;
    for (const char* name : {plain, plain_200, bn, plateau, slow, sgd}) {
      if (!results.has(name)) continue;  // smaller scales leave some out
      const Course other(results, name);
      is_best = is_best && course.worst_best() > other.best_best();
      others += lab::text("; ", name, " ", percents(other.best), " in ", other.epochs, " epochs");
    }
    lab::enough(results.has(plain) && results.has(bn), "there must be the plain net and that with BN to beat");
    return lab::Judged{is_best, lab::text("best ", percents(course.best), " in ", course.epochs, " epochs", others)};
  });
}

inline lab::Claims judge(const lab::Results& results) {
  lab::Claims claims;
  judge_5_layers(results, claims);
  judge_22_layers(results, claims);
  judge_plain(results, claims);
  judge_bn(results, claims);
  judge_residual(results, claims);
  return claims;
}

}  // namespace mnist_depth
