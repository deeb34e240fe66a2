// SPDX-License-Identifier: MIT
// paths: through how many blocks does the gradient of a residual network come (Veit, Wilber and Belongie 2016)?
#include "support/digits.hpp"
#include "support/lab.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

using namespace evomlp;

namespace {

using Linear10 = Sequential<Repeat<10, ResidualBlock<0.2, Linear<1, 1, false>>>>;  // y = x + 0.2 w x, ten times
constexpr std::size_t width = 64;
constexpr int blocks = 16;
using Block = ResidualBlock<1, Linear<width, width>, ReLU, Linear<width, width>>;
using Net = Sequential<Linear<784, width>, ReLU, Repeat<blocks, Block>, Linear<width, 10>>;

const std::string exact = "linear, 10 blocks of slope 0.2", small = "small branches", full = "full branches";

struct Configuration {
  std::string name;
  double branch_scale;  // of the last matrix of each branch, times He's standard deviation
};

double binomial(int n, int k) {
  double value = 1;
  for (int i = 0; i < k; ++i) value *= static_cast<double>(n - i) / (i + 1);
  return value;
}

/// Of the L + 1 lengths: what arrives by each, relative to the gradient at the end of the stack; its share; and how
/// much one path brings, if C(L,k) paths in independent directions add up to √C(L,k) times one of them.
void add_lengths(lab::Figures& to, const GradientPaths<double>& paths, const std::string& when) {
  const auto& first = paths.blocks.front();
  const std::vector<double> shares = first.length_shares();
  const int last = static_cast<int>(shares.size()) - 1;
  double below_half = 0;
  for (int k = 0; k <= last; ++k) {
    const double norm = first.norms[static_cast<std::size_t>(k)] / paths.end_norm;
    to.add("amount" + when, k, norm).add("share" + when, k, shares[static_cast<std::size_t>(k)]);
    to.add("one path" + when, k, norm / std::sqrt(binomial(last, k)));
    if (2 * k < last) below_half += shares[static_cast<std::size_t>(k)];
  }
  to.add("mean length" + when, first.mean_length()).add("short" + when, below_half);
}

lab::Figures of_linear_stack() {
  Model<Linear10, double> model;
  for (double& weight : model.parameters()) weight = 1;
  const xt::xtensor<double, 2> x{{1}, {-2}}, y{{0}, {3}};
  lab::Figures figures;
  add_lengths(figures, gradient_paths(model, MSELoss{}, x, y), "");
  return figures;
}

using Images = Dataset<double, Labels>;  // all in double: the lengths are many orders of magnitude apart

lab::Figures of_trained(double branch_scale, const Images& train, const Images& test, const Images& batch, int epochs,
                        std::uint64_t seed) {
  Model<Net, double> model(init::residual_scaled(branch_scale), seed);
  lab::Figures figures;
  add_lengths(figures, gradient_paths(model, CrossEntropyLoss{}, batch.x, batch.y), ", start");
  fit(model, train, CrossEntropyLoss{}, Adam{.lr = 1e-3}, {.epochs = epochs, .batch_size = 64, .seed = seed});
  add_lengths(figures, gradient_paths(model, CrossEntropyLoss{}, batch.x, batch.y), "");
  figures.add("accuracy", evaluate(model, test, CrossEntropyLoss{}).accuracy);
  return figures;
}

struct Paths {
  static constexpr const char* name = "paths";
  static constexpr const char* about =
      "A residual stack of L blocks holds 2^L paths, past or through each body. How much of the gradient at its input "
      "comes through how many bodies? Exactly, in a linear stack where the answer is known, and in trained networks of "
      "16 "
      "blocks with small and with full branches.";

  static void measure(lab::Run& run) {
    const auto data = lab::digits(run, run.by_scale<std::size_t>(200, 4000), run.by_scale<std::size_t>(100, 1000));
    const Images train = lab::in_double(data.train), test = lab::in_double(data.test);
    const Images batch = lab::in_double(lab::part(data.test, 0, 64));
    run.seeds(10);
    const int epochs = run.setting("epochs", run.by_scale(1, 5));
    run.setting("networks", "784-64, ReLU; 16 blocks h + W2 relu(W1 h); 64-10");
    run.setting("start", "He, biases 0; W2 at He x 0.25 (small) or He (full)");
    run.setting("training", "Adam 1e-3, batches of 64, in double");
    run.setting("gradient", "of the mean cross-entropy of 64 test pictures at the input of the first block");
    std::vector<int> lengths(blocks + 1);
    std::iota(lengths.begin(), lengths.end(), 0);
    std::vector<std::string> figures{"accuracy"};
    for (const std::string when : {", start", ""})
      figures = lab::all(figures, std::vector<std::string>{"mean length" + when, "short" + when},
                         lab::along("amount" + when, lengths), lab::along("share" + when, lengths),
                         lab::along("one path" + when, lengths));
    run.experiments(std::vector<Configuration>{{exact, 0}, {small, 0.25}, {full, 1}}, figures,
                    [&](const Configuration& one, std::uint64_t seed) {
                      return one.name == exact ? of_linear_stack()
                                               : of_trained(one.branch_scale, train, test, batch, epochs, seed);
                    });
  }

  static lab::Claims judge(const lab::Results& results) {
    using lab::number;
    using lab::percent;
    using lab::text;
    lab::Claims claims;
    const auto amount = [&](int k) { return results.median(exact, text("amount@", k)); };
    claims.add("Linear stack: by length k comes C(10,k) 0.2^k, to 1e-12", [&] {
      double off = 0;
      for (int k = 0; k <= 10; ++k) off = (std::max)(off, std::abs(amount(k) - binomial(10, k) * std::pow(0.2, k)));
      return lab::Judged{off < 1e-12, text("largest difference ", number(off, 2))};
    });
    claims.add("Linear stack: all paths together bring 1.2^10 = 6.1917364224, over a mean length of 5/3, to 1e-12",
               [&] {
                 double sum = 0;
                 for (int k = 0; k <= 10; ++k) sum += amount(k);
                 const double mean = results.median(exact, "mean length");
                 return lab::Judged{std::abs(sum - 6.1917364224) < 1e-12 && std::abs(mean - 5.0 / 3) < 1e-12,
                                    text("sum ", number(sum, 13), ", mean length ", number(mean, 13))};
               });
    double short_paths = 0;
    for (int k = 0; 2 * k < blocks; ++k) short_paths += binomial(blocks, k) / std::pow(2, blocks);
    for (const std::string& net : {small, full}) {
      claims.add(
          text("Trained, ", net, ": most of the gradient comes through fewer than half of the blocks, for every seed"),
          [&] {
            const auto shares = results.values(net, "short");
            const double least = *std::min_element(shares.begin(), shares.end());
            return lab::Judged{
                least > 0.5, text("median ", percent(results.median(net, "short")), ", least ", percent(least),
                                  " by the ", percent(short_paths), " of the paths that are so short; mean length ",
                                  results.median(net, "mean length"), " of ", blocks, ", the paths' own ", blocks / 2)};
          });
    }
    claims.add(
        "Trained, small branches: the longer a path, the less comes through it (by length: the sum over "
        "the root of the number of paths)",
        [&] {
          const auto one = results.curve(small, "one path");
          lab::enough(one.size() == static_cast<std::size_t>(blocks) + 1,
                      text("of ", blocks + 1, " lengths there are ", one.size()));
          bool falls = true;
          for (std::size_t k = 1; k < one.size(); ++k) falls = falls && one[k].median < one[k - 1].median;
          return lab::Judged{falls, text("past all bodies ", one[0].median, ", through 1 ", one[1].median, ", ",
                                         blocks / 2, " ", one[blocks / 2].median, ", ", blocks, " ", one[blocks].median,
                                         " of the gradient at the end")};
        });
    return claims;
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    std::vector<lab::Point> known, paths;
    for (int k = 0; k <= 10; ++k) known.emplace_back(k, binomial(10, k) * std::pow(0.2, k) / std::pow(1.2, 10));
    for (int k = 0; k <= blocks; ++k) paths.emplace_back(k, binomial(blocks, k) / std::pow(2, blocks));
    lab::Figure linear(
        {.title = "Linear stack of 10 blocks, slope 0.2", .x = "bodies passed", .y = "share of the gradient"});
    linear.line("C(10,k) 0.2^k / 1.2^10", known, {.marks = false}).points("measured", results.curve(exact, "share"));
    lab::Figure start({.title = "16 blocks, at the start",
                       .x = "bodies passed",
                       .y = "share of the gradient",
                       .y_range = {{0, 0.4}}});
    lab::Figure trained(
        {.title = "16 blocks, trained", .x = "bodies passed", .y = "share of the gradient", .y_range = {{0, 0.4}}});
    lab::Figure single({.title = "16 blocks, trained: one path",
                        .x = "bodies passed",
                        .y = "gradient / gradient at the end",
                        .log_y = true});
    for (const std::string& net : {small, full}) {
      start.line(net, results.curve(net, "share, start"));
      trained.line(net, results.curve(net, "share"));
      single.line(net, results.curve(net, "one path"));
    }
    start.line("share of the paths", paths);
    trained.line("share of the paths", paths);
    to.save("paths", {linear, start, trained, single},
            {.columns = 2, .height = 380, .title = "Through how many bodies the gradient comes"});
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<Paths>(argc, argv); }
