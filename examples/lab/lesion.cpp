// SPDX-License-Identifier: MIT
// lesion: what is left of a trained network when blocks are deleted or swapped (Veit, Wilber and Belongie 2016).
#include "support/digits.hpp"
#include "support/lab.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace evomlp;

namespace {

constexpr std::size_t width = 64;
using Block = ResidualBlock<1, Linear<width, width>, ReLU, Linear<width, width>>;  // h + W2 relu(W1 h)
using Residual = Sequential<Linear<784, width>, ReLU, Repeat<8, Block>, Linear<width, 10>>;
using Plain = Sequential<Linear<784, width>, ReLU, Repeat<16, Linear<width, width>, ReLU>, Linear<width, 10>>;

const std::string small = "residual, small branches", full = "residual, full branches", plain = "plain";
const std::vector<int> deleted{2, 3, 4, 6, 8}, swaps{1, 2, 4, 8};

struct Configuration {
  std::string name;
  double branch_scale;  // of the last matrix of each branch, times He's standard deviation
  int epochs;
};

/// Trains, deletes and swaps.
template <class Net>
lab::Figures lesioned(const Configuration& configuration, const lab::Digits& data, int trials, std::uint64_t seed) {
  Model<Net> model(init::residual_scaled(configuration.branch_scale), seed);
  fit(model, data.train, CrossEntropyLoss{}, Adam{.lr = 1e-3},
      {.epochs = configuration.epochs, .batch_size = 64, .seed = seed});
  const LesionStudy study = lesion_study(model, data.test, CrossEntropyLoss{},
                                         {.deleted = deleted, .swaps = swaps, .trials = trials, .seed = seed});
  lab::Figures figures;
  for (const Lesion& one : study.lesions)
    if (one.kind == Lesion::Kind::deleted && one.count == 1)
      figures.add("without", static_cast<double>(one.deleted.front() + 1), one.accuracy);
  const LesionSummary one = study.summary(Lesion::Kind::deleted, 1);
  figures.add("accuracy", study.whole().accuracy);
  figures.add("one deleted", one.mean).add("one deleted, worst", one.lowest);
  figures.add("deleted", 0, study.whole().accuracy).add("deleted", 1, one.mean);
  for (const int k : deleted) figures.add("deleted", k, study.summary(Lesion::Kind::deleted, k).mean);
  figures.add("swapped", 0, study.whole().accuracy).add("tau", 0, 1);
  for (const int k : swaps) {
    const LesionSummary swapped = study.summary(Lesion::Kind::swapped, k);
    figures.add("swapped", k, swapped.mean).add("tau", k, swapped.mean_kendall_tau);
  }
  return figures;
}

struct LesionExperiment {
  static constexpr const char* name = "lesion";
  static constexpr const char* about =
      "How much does a trained network need each of its blocks, and their order? Eight residual blocks with small "
      "branches, the same with branches at full scale, and sixteen plain layers; at test time blocks (or plain layers "
      "with their ReLU) are deleted one by one, several at random, and swapped.";

  static void measure(lab::Run& run) {
    const auto data = lab::digits(run, run.by_scale<std::size_t>(200, 6000), run.by_scale<std::size_t>(100, 2000));
    run.seeds(10);
    const int trials = run.setting("draws of each count", run.by_scale(2, 10));
    const int factor = run.by_scale(1, 2);
    run.setting("networks", "784-64, ReLU; 8 blocks h + W2 relu(W1 h), or 16 of Linear 64-64, ReLU; 64-10");
    run.setting("start", "He, biases 0; the branches' W2 at He x 0.25 (small) or He (full)");
    run.setting("training", lab::text("Adam 1e-3, batches of 64, ", 3 * factor, " epochs (small branches), ",
                                      4 * factor, " epochs (the others)"));
    const std::vector<Configuration> configurations{
        {small, 0.25, 3 * factor}, {full, 1, 4 * factor}, {plain, 1, 4 * factor}};
    const std::vector<int> layers{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    auto counts = deleted, places = swaps;
    counts.insert(counts.begin(), {0, 1});
    places.insert(places.begin(), 0);
    run.experiments(configurations,
                    lab::all({"accuracy", "one deleted", "one deleted, worst"}, lab::along("without", layers),
                             lab::along("deleted", counts), lab::along("swapped", places), lab::along("tau", places)),
                    [&](const Configuration& one, std::uint64_t seed) {
                      return one.name == plain ? lesioned<Plain>(one, data, trials, seed)
                                               : lesioned<Residual>(one, data, trials, seed);
                    });
  }

  static lab::Claims judge(const lab::Results& results) {
    const auto per_seed = [&](const std::string& net, auto figure) {  // figure(values by name, of one seed)
      const auto whole = results.values(net, "accuracy"), one = results.values(net, "one deleted");
      lab::enough(whole.size() == one.size(), net + ": not every seed gave both accuracies");
      std::vector<double> all;
      for (std::size_t i = 0; i < whole.size(); ++i) all.push_back(figure(whole[i], one[i]));
      return all;
    };
    const auto drop = [](double whole, double one) { return whole - one; };
    const auto largest = [](const std::vector<double>& of) { return *std::max_element(of.begin(), of.end()); };
    const auto smallest = [](const std::vector<double>& of) { return *std::min_element(of.begin(), of.end()); };
    using lab::percent;
    using lab::text;
    lab::Claims claims;

    claims.add("With small branches, a deleted block costs less than 5 points on average, for every seed", [&] {
      const auto drops = per_seed(small, drop);
      return lab::Judged{largest(drops) < 0.05,
                         text(100 * smallest(drops), " to ", 100 * largest(drops), " points over the seeds, of ",
                              percent(results.median(small, "accuracy")))};
    });
    claims.add("With small branches, every network keeps over 75 % without any one of its blocks", [&] {
      const double worst = smallest(results.values(small, "one deleted, worst"));
      return lab::Judged{worst > 0.75, text("the worst deletion of all seeds leaves ", percent(worst))};
    });
    claims.add("A plain network without one of its layers is left with less than 25 % on average, for every seed", [&] {
      const auto left = results.values(plain, "one deleted");
      return lab::Judged{largest(left) < 0.25,
                         text(percent(smallest(left)), " to ", percent(largest(left)), " over the seeds, of ",
                              percent(results.median(plain, "accuracy")))};
    });
    claims.add("The shortcut alone is not enough: with branches at full scale a deleted block costs over 20 points",
               [&] {
                 const auto losses = per_seed(full, drop);
                 return lab::Judged{smallest(losses) > 0.2,
                                    text(100 * smallest(losses), " to ", 100 * largest(losses),
                                         " points over the seeds, of ", percent(results.median(full, "accuracy")))};
               });

    claims.add("With small branches, accuracy falls smoothly with the number deleted: by at most 20 points a block",
               [&] {
                 const auto curve = results.curve(small, "deleted");
                 lab::enough(curve.size() >= 2, "a fall needs two numbers of deleted blocks");
                 std::string steps;
                 bool falls = true;
                 double steepest = 0;
                 for (std::size_t i = 0; i < curve.size(); ++i) {
                   steps += text(i > 0 ? ", " : "", curve[i].at, ": ", percent(curve[i].median));
                   if (i == 0) continue;
                   const double per_block = (curve[i - 1].median - curve[i].median) / (curve[i].at - curve[i - 1].at);
                   falls = falls && per_block >= 0;
                   steepest = (std::max)(steepest, per_block);
                 }
                 return lab::Judged{falls && steepest < 0.2, text("medians of ", steps)};
               });
    claims.add("With small branches, two blocks swapped cost less than 10 points", [&] {
      const double whole = results.median(small, "accuracy"), swapped = results.median(small, "swapped@1");
      return lab::Judged{whole - swapped < 0.1, text("medians ", percent(whole), " to ", percent(swapped))};
    });
    claims.add("Two layers swapped leave a plain network with less than half its accuracy", [&] {
      const double whole_plain = results.median(plain, "accuracy"), swapped_plain = results.median(plain, "swapped@1");
      return lab::Judged{swapped_plain < 0.5 * whole_plain,
                         text("medians ", percent(whole_plain), " to ", percent(swapped_plain))};
    });
    return claims;
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    lab::Figure without({.title = "One deleted",
                         .x = "which of 8 blocks, or of 16 layers",
                         .y = "accuracy (dots: chance)",
                         .y_range = {{0, 1}}});
    lab::Figure count({.title = "Several deleted at random",
                       .x = "deleted blocks or layers",
                       .y = "accuracy (dots: chance)",
                       .y_range = {{0, 1}}});
    lab::Figure order({.title = "Swapped",
                       .x = "Kendall's tau of the order that is left",
                       .y = "accuracy (dots: chance)",
                       .x_range = {{1, 0}},
                       .y_range = {{0, 1}}});
    for (const std::string& net : {small, full, plain}) {
      without.line(net, results.curve(net, "without"));
      count.line(net, results.curve(net, "deleted"));
      std::vector<lab::Point> by_tau;
      for (const lab::Point& point : results.curve(net, "swapped"))
        by_tau.emplace_back(results.median(net, lab::text("tau@", point.at)), point.median, point.lower, point.upper);
      order.line(net, by_tau);
    }
    for (lab::Figure* const figure : {&without, &count, &order}) figure->level(0.1);
    to.save("lesion", {without, count, order}, {.height = 330, .title = "What is left of a network with lesions"});
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<LesionExperiment>(argc, argv); }
