// SPDX-License-Identifier: MIT
// What the founding paper claims, and what was found when it was tried: each from the CSV alone.
#pragma once

#include "../support/claims.hpp"
#include "../support/results.hpp"
#include "setting.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

namespace ars {

/// One more than all: not reached.
inline bool is_reached(double epochs, int of = 150) { return epochs <= of; }

inline std::string shown_epochs(double epochs, int of = 150) {
  return is_reached(epochs, of) ? text(epochs) : text("more than ", of);
}

/// A network at its own learning rate: that with the fewest epochs to the target over the tuning seeds, the lowest last
/// loss among equals. Its figures are medians over the other seeds (all, where there are too few for both).
struct Own {
  double lr = 0, epochs = 0, fresh = 0;
};

inline Own own_rate(const lab::Results& results, const std::string& net_and_start) {
  const double tuning = results.setting_number("tuning seeds");
  const auto median = [&](const std::string& one, const std::string& figure, bool is_tuning) {
    const auto column = std::find(results.figures().begin(), results.figures().end(), figure);
    if (column == results.figures().end()) throw evomlp::Error("there is no figure '" + figure + "'");
    const auto index = static_cast<std::size_t>(column - results.figures().begin());
    std::vector<double> values;
    for (const evomlp::ExperimentRun& run : results.runs())
      if (run.configuration == one && run.failure.empty() && (static_cast<double>(run.seed) < tuning) == is_tuning)
        values.push_back(run.figures.at(index));
    return values.empty() ? results.median(one, figure) : lab::quartiles_of(values).median;
  };
  const std::string begin = net_and_start + ", no clip, lr ";
  Own best;
  double best_loss = 0;
  for (const std::string& one : results.configurations()) {
    if (!one.starts_with(begin) || one.find("scaled") != std::string::npos) continue;
    const double epochs = median(one, "epochs to target", true), loss = median(one, "loss@140", true);
    if (best.lr != 0 && (epochs > best.epochs || (epochs == best.epochs && loss >= best_loss))) continue;
    best = {std::stod(one.substr(begin.size())), epochs, 0};
    best_loss = loss;
  }
  const std::string chosen = begin + lab::number(best.lr);
  return {best.lr, median(chosen, "epochs to target", false), median(chosen, "fresh loss", false)};
}

inline lab::Claims judge(const lab::Results& results) {
  const auto median = [&](const std::string& net, const Setting& setting, const char* figure) {
    return results.median(name_of(net, setting), figure);
  };
  const auto epochs = [&](const std::string& net, const Setting& setting) {
    return median(net, setting, "epochs to target");
  };
  /// "38 and 10" epochs of two nets.
  const auto both = [](double a, double b) { return text(shown_epochs(a), " and ", shown_epochs(b), " epochs"); };

  /// Of two that were not reached none is known to be sooner.
  const auto is_sooner = [&](double a, double b, int of = 150) {
    lab::enough(is_reached(a, of) || is_reached(b, of), text("neither was there after ", of, " epochs"));
    return a < b;
  };

  const Setting slow{.lr = 1e-4}, usual{.lr = 1e-3}, small{.start = 0.1, .lr = 1e-4},
      small_usual{.start = 0.1, .lr = 1e-3}, spiral{.lr = 1e-4, .data = Data::spirals},
      small_spiral{.start = 0.1, .lr = 1e-4, .data = Data::spirals};
  const Setting paper{.start = 0.1, .lr = 5e-5}, clipped_paper{.start = 0.1, .clip = Clip::gradient, .lr = 5e-5};
  lab::Claims claims;
  claims.add("blocks at 0.1 x He, shared rate 1e-4: lambda 5 reaches the plain net's target 2.5 to 5 times sooner",
             [&] {
               const double plain = epochs("plain 8", slow), five = epochs("lambda 5", small), ratio = plain / five;
               lab::enough(is_reached(plain) && is_reached(five), both(plain, five));
               return lab::Judged{ratio >= 2.5 && ratio <= 5,
                                  text("plain and lambda 5: ", both(plain, five), ", ", ratio, " times")};
             });
  claims.add("there it is sooner than the plain net of equal layers and parameters too", [&] {
    const double five = epochs("lambda 5", small), equal = epochs("plain 10", slow);
    return lab::Judged{is_sooner(five, equal), both(equal, five)};
  });
  claims.add("He blocks, shared rate 1e-3: lambda 5 is slower than the plain net", [&] {
    const double plain = epochs("plain 8", usual), five = epochs("lambda 5", usual);
    return lab::Judged{is_sooner(plain, five), both(plain, five)};
  });
  claims.add("the clip at 1.0 on the update after Adam is never active", [&] {
    std::size_t runs = 0;
    double most = 0;
    for (const std::string& one : results.configurations()) {
      if (one.find("update clip") == std::string::npos) continue;
      const auto shares = results.values(one, "clipped");
      runs += shares.size();
      most = (std::max)(most, *std::max_element(shares.begin(), shares.end()));
    }
    lab::enough(runs > 0, "there are no runs with it");
    return lab::Judged{most == 0, text("largest share of clipped elements in ", runs, " runs: ", lab::percent(most))};
  });
  claims.add("lambda 4 is the same run as lambda 1 with the blocks' start x 4, rate x 4, eps / 4, gradient clip / 4",
             [&] {
               std::size_t compared = 0, different = 0;
               for (Setting setting : {small, Setting{.start = 0.1, .clip = Clip::gradient, .lr = 1e-4}}) {
                 const std::string with_lambda = name_of("lambda 4", setting);
                 setting.like = 4;
                 const std::string control = name_of("lambda 1", setting);
                 for (const std::string& figure : results.figures()) {
                   if (figure.starts_with("first") || !results.has(control, figure)) continue;
                   const auto a = results.values(with_lambda, figure), b = results.values(control, figure);
                   compared += a.size();
                   for (std::size_t i = 0; i < a.size(); ++i) different += a.size() == b.size() && a[i] == b[i] ? 0 : 1;
                 }
               }
               lab::enough(compared > 0, "there is nothing to compare");
               return lab::Judged{different == 0, text(different, " of ", compared, " figures differ")};
             });
  claims.add("what lambda 5 gains, lambda 1 scaled like it gains as well (to an epoch)", [&] {
    Setting like = small;
    like.like = 5;
    const double five = epochs("lambda 5", small), control = epochs("lambda 1", like);
    lab::enough(is_reached(five) && is_reached(control), both(five, control));
    return lab::Judged{std::abs(five - control) <= 1, both(five, control)};
  });
  claims.add("'7 times' sooner, in one of the small shared rates at least", [&] {
    const double epochs_of[][2] = {{epochs("plain 8", slow), epochs("lambda 5", small)},
                                   {epochs("plain 8", spiral), epochs("lambda 5", small_spiral)},
                                   {epochs("paper plain 8", paper), epochs("paper lambda 5", clipped_paper)}};
    const char* wheres[] = {"circles", "spirals", "the paper's reconstruction"};
    bool is_seen = false, is_open = false;
    std::string evidence;
    for (int i = 0; i < 3; ++i) {
      const auto [plain, five] = epochs_of[i];
      const double ratio = plain / five;  // where the plain net didn't get there, it is at least that
      is_seen = is_seen || (is_reached(five) && ratio >= 7);
      is_open = is_open || !is_reached(five) || !is_reached(plain);
      evidence += text(i > 0 ? ", " : "", wheres[i], is_reached(plain) || !is_reached(five) ? " " : " at least ",
                       is_reached(five) ? text(ratio) : "unknown");
    }
    evidence += " times";
    lab::enough(is_seen || !is_open, evidence);
    return lab::Judged{is_seen, evidence};
  });
  claims.add("'52 % lower' loss at epoch 140, in the paper's reconstruction", [&] {
    const auto ratio = [&](const char* figure) {
      return median("paper lambda 5", clipped_paper, figure) / median("paper plain 8", paper, figure);
    };
    return lab::Judged{ratio("loss@140") <= 0.48,
                       text(lab::percent(1 - ratio("loss@140")), " lower, on fresh data after the last epoch ",
                            lab::percent(1 - ratio("fresh loss")))};
  });
  claims.add("the paper's four losses, each to 30 %, in its reconstruction", [&] {
    const double got[] = {median("paper plain 8", paper, "loss@20"), median("paper plain 8", paper, "loss@140"),
                          median("paper lambda 5", clipped_paper, "loss@20"),
                          median("paper lambda 5", clipped_paper, "loss@140")};
    const double printed[] = {0.3118, 0.0397, 0.0438, 0.0190};
    bool close = true;
    std::string evidence;
    for (int i = 0; i < 4; ++i) {
      close = close && std::abs(got[i] / printed[i] - 1) <= 0.3;
      evidence += text(i > 0 ? ", " : "", got[i], " for ", printed[i]);
    }
    return lab::Judged{close, evidence};
  });
  claims.add(
      "(a) lambda and the gradient clip act independently: the clip changes the epochs by one factor (to 25 %)", [&] {
        bool independent = true, is_open = false;
        std::string evidence;
        const auto add = [&](const char* where, const std::string& prefix, Setting setting) {
          Setting clipped = setting;
          clipped.clip = Clip::gradient;
          const double one_after = epochs(prefix + "lambda 1", clipped),
                       five_after = epochs(prefix + "lambda 5", clipped),
                       one_before = epochs(prefix + "lambda 1", setting),
                       five_before = epochs(prefix + "lambda 5", setting), one = one_after / one_before,
                       five = five_after / five_before;
          lab::enough(is_reached(one_before) && is_reached(five_before), text(where, ": not there without the clip"));
          // A factor to a target that was not reached is at least so much.
          const bool differ =
              (five / one >= 1.25 && is_reached(one_after)) || (one / five >= 1.25 && is_reached(five_after));
          independent = independent && !differ;
          is_open = is_open || !is_reached(one_after) || !is_reached(five_after);
          evidence += text(evidence.empty() ? "" : "; ", where, is_reached(one_after) ? ": x " : ": x at least ", one,
                           " at lambda 1, x ", is_reached(five_after) ? "" : "at least ", five, " at lambda 5");
        };
        add("0.1 x He 1e-4", "", small);
        add("He 1e-3", "", usual);
        add("paper", "paper ", paper);
        lab::enough(!independent || !is_open, evidence);
        return lab::Judged{independent, evidence};
      });
  claims.add("(b) lambda 5 always takes the largest permitted step: 90 % and more of the elements are clipped", [&] {
    const Setting clipped_small{.start = 0.1, .clip = Clip::gradient, .lr = 1e-4},
        clipped_usual{.clip = Clip::gradient, .lr = 1e-3};
    const double shares[] = {median("lambda 5", clipped_small, "clipped early"),
                             median("lambda 5", clipped_usual, "clipped early"),
                             median("paper lambda 5", clipped_paper, "clipped early")};
    return lab::Judged{*std::min_element(std::begin(shares), std::end(shares)) >= 0.9,
                       text("in the first 20 epochs, 0.1 x He 1e-4: ", lab::percent(shares[0]),
                            ", He 1e-3: ", lab::percent(shares[1]), ", paper: ", lab::percent(shares[2]))};
  });
  claims.add(
      "(c) lambda 5 finds a better optimum: a lower loss on fresh data, at a shared rate and at each model's own", [&] {
        const Own plain = own_rate(results, "plain 8, He"), five = own_rate(results, "lambda 5, 0.1 x He"),
                  five_he = own_rate(results, "lambda 5, He");
        const auto shared = [&](const char* net, const Setting& setting) { return median(net, setting, "fresh loss"); };
        return lab::Judged{
            shared("lambda 5", small) < shared("plain 8", slow) &&
                shared("lambda 5", usual) < shared("plain 8", usual) && five.fresh < plain.fresh &&
                five_he.fresh < plain.fresh,
            text("plain and lambda 5, 0.1 x He 1e-4: ", shared("plain 8", slow), " and ", shared("lambda 5", small),
                 "; He 1e-3: ", shared("plain 8", usual), " and ", shared("lambda 5", usual),
                 "; own rates: ", plain.fresh, " and ", five.fresh, " (0.1 x He), ", five_he.fresh, " (He)")};
      });
  claims.add("at each model's own rate the advantage of lambda 5 is gone: it is no sooner than the plain net", [&] {
    const Own plain = own_rate(results, "plain 8, He"), five = own_rate(results, "lambda 5, 0.1 x He"),
              five_he = own_rate(results, "lambda 5, He");
    return lab::Judged{
        !is_sooner((std::min)(five.epochs, five_he.epochs), plain.epochs),
        text("plain at ", plain.lr, ": ", shown_epochs(plain.epochs), " epochs; lambda 5 with 0.1 x He at ", five.lr,
             ": ", shown_epochs(five.epochs), ", with He at ", five_he.lr, ": ", shown_epochs(five_he.epochs))};
  });
  claims.add(
      "(d) shallow parameters feel the error sooner: with lambda 5 the first layer's first gradient is larger", [&] {
        const auto start = [&](const char* net, const Setting& setting) {
          return median(net, setting, "first layer's gradient@0");
        };
        return lab::Judged{
            start("lambda 5", small) > start("plain 8", slow) && start("lambda 5", usual) > start("plain 8", usual),
            text("norm, plain and lambda 5, 0.1 x He: ", start("plain 8", slow), " and ", start("lambda 5", small),
                 "; He: ", start("plain 8", usual), " and ", start("lambda 5", usual))};
      });
  claims.add("lambda 0.1 and ReZero are too cautious: lambda 5 is sooner than both, at 1e-4 and at 1e-3", [&] {
    const double five = epochs("lambda 5", small), tenth = epochs("lambda 0.1", small), rezero = epochs("ReZero", slow),
                 five_he = epochs("lambda 5", usual), tenth_he = epochs("lambda 0.1", usual),
                 rezero_he = epochs("ReZero", usual);
    return lab::Judged{is_sooner(five, tenth) && is_sooner(five, rezero) && is_sooner(five_he, tenth_he) &&
                           is_sooner(five_he, rezero_he),
                       text("lambda 5, 0.1, ReZero: ", shown_epochs(five), ", ", shown_epochs(tenth), ", ",
                            shown_epochs(rezero), " epochs (0.1 x He 1e-4), ", shown_epochs(five_he), ", ",
                            shown_epochs(tenth_he), ", ", shown_epochs(rezero_he), " (He 1e-3)")};
  });
  const auto claim_depths = [&](const std::string& words, const Setting& setting) {
    claims.add(words, [&] {
      bool sooner = true;
      std::string evidence = "plain and lambda 5";
      for (const char* depth : {"20", "30"}) {
        const double plain = epochs(text("plain ", depth), usual),
                     five = epochs(text("depth ", depth, " lambda 5"), setting);
        sooner = sooner && is_sooner(five, plain, 60);
        evidence += text(", depth ", depth, ": ", shown_epochs(plain, 60), " and ", shown_epochs(five, 60), " epochs");
      }
      return lab::Judged{sooner, evidence};
    });
  };
  claim_depths("He blocks, 1e-3: lambda 5 is sooner than the plain net at 20 and 30 layers", usual);
  claim_depths("0.1 x He, 1e-3: lambda 5 is sooner than the plain net at 20 and 30 layers", small_usual);
  claims.add("high frequency, two spirals, 0.1 x He, 1e-4: lambda 5 is sooner than the plain net of equal parameters",
             [&] {
               const double plain = epochs("plain 10", spiral), five = epochs("lambda 5", small_spiral);
               return lab::Judged{is_sooner(five, plain), both(plain, five)};
             });
  return claims;
}

}  // namespace ars
