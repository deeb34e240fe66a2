// SPDX-License-Identifier: MIT
// identity: a residual unit with and without an activation after its sum (He et al. 2016, identity mappings).
#include "support/digits.hpp"
#include "support/lab.hpp"
#include "support/paired.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace evomlp;

namespace {

constexpr std::size_t width = 32;
using Block = ResidualBlock<1, Linear<width, width>, ReLU, Linear<width, width>>;
template <class... Unit>
struct Deep {
  template <std::size_t blocks>
  using Net = Sequential<Linear<784, width>, ReLU, Repeat<blocks, Unit...>, Linear<width, 10>>;
};
using Original = Deep<Block, ReLU>;  // h = relu(h + F(h))
using Identity = Deep<Block>;        // h = h + F(h)

const std::vector<int> depths{2, 6, 18};
constexpr int deepest = 18;

std::string named(const std::string& form, int depth) { return lab::text(form, ", ", depth, " blocks"); }

using Images = Dataset<double, Labels>;  // in double: to see that parts add up

/// dL/dx of each block as a training step has it, to compare with.
struct BlockInputs {
  std::vector<Tensor<double>> gradients{};  // last to first
  template <class N>
  void backward(const N&, auto, auto, auto, auto dx) {
    if constexpr (std::is_same_v<typename N::Layer, Block>) {
      auto& gradient = gradients.emplace_back(make_matrix<double>(dx.rows, dx.cols));
      for (std::size_t i = 0; i < dx.rows; ++i)
        for (std::size_t j = 0; j < dx.cols; ++j) gradient(i, j) = dx(i, j);
    }
  }
};

/// The gradient of one batch, taken apart at each block. Norms are relative to dL/dx_L, at the end of the stack.
template <class Net>
void look(lab::Figures& to, const Model<Net, double>& model, const Images& batch, const std::string& when) {
  const auto paths = gradient_paths(model, CrossEntropyLoss{}, batch.x, batch.y);
  BlockInputs inputs;
  observe(model, CrossEntropyLoss{}, batch.x, batch.y, inputs);

  double off = 0;
  for (std::size_t l = 0; l < paths.blocks.size(); ++l) {
    const auto& block = paths.blocks[l];
    const Tensor<double>& expected = inputs.gradients[paths.blocks.size() - 1 - l];
    for (std::size_t i = 0; i < expected.size(); ++i)
      off = (std::max)(off,
                       std::abs(block.direct.data()[i] + block.residual.data()[i] - expected.data()[i]) / block.norm());
    const double at = static_cast<double>(l + 1);
    to.add("gradient" + when, at, block.norm() / paths.end_norm);
    to.add("direct" + when, at, block.direct_norm() / paths.end_norm);
    to.add("residual" + when, at, block.residual_norm() / paths.end_norm);
    to.add("direct share" + when, at, block.direct_share());
  }
  to.add("sum off" + when, off).add("first gradient" + when, paths.blocks.front().norm());
}

struct IdentityExperiment {
  static constexpr const char* name = "identity";
  static constexpr const char* about =
      "The original residual unit ends in a ReLU after its sum, the identity form has nothing there. Which trains "
      "better "
      "as the network gets deeper, and how does the gradient at each block split into the part that came directly from "
      "the end of the stack and the part that came through the bodies?";

  static void measure(lab::Run& run) {
    const auto data = lab::digits(run, run.by_scale<std::size_t>(200, 3000), run.by_scale<std::size_t>(100, 1000));
    const Images train = lab::in_double(data.train), test = lab::in_double(data.test);
    const Images batch = lab::in_double(lab::part(data.train, 0, 64));
    run.seeds(10);
    const int epochs = run.setting("epochs", run.by_scale(1, 6));
    run.setting("networks",
                "784-32, ReLU; units; 32-10. Original unit: relu(h + W2 relu(W1 h)); identity form: h + W2 relu(W1 h)");
    run.setting("start", "He, biases 0; W2 at He / sqrt(number of blocks)");
    run.setting("training", "Adam 1e-3, batches of 64, in double");
    run.setting("gradient", "of the mean cross-entropy of 64 training pictures");
    std::vector<int> block_numbers(deepest);
    std::iota(block_numbers.begin(), block_numbers.end(), 1);
    std::vector<std::string> figures{"training loss", "training accuracy", "test accuracy"};
    for (const std::string when : {", start", ""})
      figures =
          lab::all(figures, std::vector<std::string>{"sum off" + when, "first gradient" + when},
                   lab::along("gradient" + when, block_numbers), lab::along("direct" + when, block_numbers),
                   lab::along("residual" + when, block_numbers), lab::along("direct share" + when, block_numbers));

    const auto run_one = [&]<class Net>(std::uint64_t seed) {
      Model<Net, double> model(init::residual_scaled(), seed);
      lab::Figures found;
      look(found, model, batch, ", start");
      fit(model, train, CrossEntropyLoss{}, Adam{.lr = 1e-3}, {.epochs = epochs, .batch_size = 64, .seed = seed});
      const auto trained = evaluate(model, train, CrossEntropyLoss{});
      found.add("training loss", trained.loss).add("training accuracy", trained.accuracy);
      found.add("test accuracy", evaluate(model, test, CrossEntropyLoss{}).accuracy);
      look(found, model, batch, "");
      return found;
    };
    run.experiments(
        for_each_net<Original::Net<2>, Original::Net<6>, Original::Net<18>, Identity::Net<2>, Identity::Net<6>,
                     Identity::Net<18>>({named("original", 2), named("original", 6), named("original", 18),
                                         named("identity", 2), named("identity", 6), named("identity", 18)},
                                        run_one),
        figures);
  }

  static lab::Claims judge(const lab::Results& results) {
    using lab::number;
    using lab::percent;
    using lab::text;
    lab::Claims claims;
    claims.add("Direct and residual part add up to the gradient at every block, to 1e-12", [&] {
      double off = 0;
      for (const std::string form : {"original", "identity"})
        for (const int depth : depths)
          for (const std::string when : {", start", ""})
            for (const double one : results.values(named(form, depth), "sum off" + when)) off = (std::max)(off, one);
      return lab::Judged{off < 1e-12,
                         text("largest difference over all networks ", number(off, 2), " of the gradient's norm")};
    });
    claims.add("Identity form: the direct part reaches every block undiminished, at the start and trained, to 1e-12",
               [&] {
                 double from_one = 0;
                 for (const int depth : depths)
                   for (const std::string when : {", start", ""})
                     for (int l = 1; l <= depth; ++l)
                       for (const double one : results.values(named("identity", depth), text("direct", when, "@", l)))
                         from_one = (std::max)(from_one, std::abs(one - 1));
                 return lab::Judged{from_one < 1e-12,
                                    text("its norm differs from that of dL/dx_L by at most ", number(from_one, 2))};
               });
    claims.add(text("Original form: the ReLUs after the sums cut the direct part: at the first of ", deepest,
                    " blocks less than 80 % of it is left, at the start and trained"),
               [&] {
                 const std::string original = named("original", deepest);
                 const double cut = results.median(original, "direct, start@1"),
                              cut_trained = results.median(original, "direct@1");
                 return lab::Judged{cut < 0.8 && cut_trained < 0.8, text("medians ", percent(cut), " at the start, ",
                                                                         percent(cut_trained), " trained")};
               });
    const auto losses = [&] {
      std::string all;
      for (const int depth : depths)
        all += text(all.empty() ? "" : "; ", depth,
                    " blocks: ", results.median(named("original", depth), "training loss"), " original, ",
                    results.median(named("identity", depth), "training loss"), " identity",
                    lab::failed(results, {named("original", depth), named("identity", depth)}));
      return all;
    };
    const auto loss = [&](const std::string& net) { return lab::by_seed(results, net, "training loss"); };
    claims.add("The identity form reaches a lower training loss at the largest depth", [&] {
      const auto by_seed = lab::compare(loss(named("identity", deepest)), loss(named("original", deepest)));
      return lab::Judged{by_seed.lower(), "median training loss, " + losses() + "; " + by_seed.evidence()};
    });
    claims.add("The deeper, the further the original form is behind (ratio of the training losses)", [&] {
      const auto ahead = [&](int depth) {  // identity over original, the less the further the original form is behind
        return lab::paired(loss(named("identity", depth)), loss(named("original", depth)), std::divides<>());
      };
      const auto first = lab::compare(ahead(depths[1]), ahead(depths[0])),
                 second = lab::compare(ahead(depths[2]), ahead(depths[1]));
      return lab::Judged{first.lower() && second.lower(),
                         text("identity over original, from ", depths[0], " to ", depths[1], " blocks ", first.evidence(),
                              ", from ", depths[1], " to ", depths[2], " ", second.evidence())};
    });
    const auto range = [&](const std::string& form) {
      double least = std::numeric_limits<double>::infinity(), most = 0;
      for (const int depth : depths) {
        least = (std::min)(least, results.median(named(form, depth), "first gradient, start"));
        most = (std::max)(most, results.median(named(form, depth), "first gradient, start"));
      }
      return std::pair{least, most};
    };
    claims.add(
        "At the start no form's gradient vanishes: at the first block it changes less than threefold from 2 "
        "to 18 blocks",
        [&] {
          const auto [o_least, o_most] = range("original");
          const auto [i_least, i_most] = range("identity");
          return lab::Judged{
              o_most / o_least < 3 && i_most / i_least < 3,
              text("medians, original ", o_least, " to ", o_most, ", identity ", i_least, " to ", i_most)};
        });
    return claims;
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    lab::Figure loss({.title = "Training loss after training", .x = "blocks", .y = "cross-entropy"});
    lab::Figure share(
        {.title = lab::text("Direct share of the gradient, ", deepest, " blocks"), .x = "block", .y = "share"});
    std::vector<lab::Figure> parts;
    for (const std::string form : {"original", "identity"}) {
      std::vector<std::pair<double, std::string>> by_depth;
      for (const int depth : depths) by_depth.emplace_back(depth, named(form, depth));
      loss.line(form, results.across(by_depth, "training loss"));
      const std::string net = named(form, deepest);
      share.line(form + ", start", results.curve(net, "direct share, start"));
      share.line(form + ", trained", results.curve(net, "direct share"));
      parts.emplace_back(lab::Axes{.title = form + " form, trained",
                                   .x = "block",
                                   .y = "norm / norm of dL/dx_L",
                                   .log_y = true,
                                   .y_range = {{0.1, 10}}});
      for (const std::string part : {"gradient", "direct", "residual"})
        parts.back().line(part, results.curve(net, part));
    }
    to.save("identity", {loss, share, parts[0], parts[1]},
            {.columns = 2, .height = 390, .title = "An activation after the sum, or none"});
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<IdentityExperiment>(argc, argv); }
