// SPDX-License-Identifier: MIT
// 5, 22 and 41 layers on MNIST: what keeps a deep plain net from learning, and what helps.
//
//   scripts/fetch-mnist data/mnist
//   build/bin/lab/mnist-depth                # two minutes: quarter width, one seed
//   build/bin/lab/mnist-depth --medium       # a quarter of an hour: three seeds, all variants
//   build/bin/lab/mnist-depth --full         # hours: full width; stopped and called again, it goes on where it was
#include "mnist-depth/nets.hpp"
#include "mnist-depth/training.hpp"
#include "mnist-depth/verdicts.hpp"
#include "support/lab.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace mnist_nets;
using namespace mnist_depth;
using lab::Scale;

std::vector<Configuration> configurations(const lab::Run& run, const Data& data) {
  const bool is_full = run.scale() == Scale::full, has_variants = run.scale() == Scale::medium || is_full;
  const int five = run.by_scale(2, 15, 15, 15), deep = run.by_scale(2, 20, 30, 30);
  const auto with = [](Configuration one, const std::string& name, auto change) {
    one.name = name;
    change(one);
    return one;
  };
  std::vector<Configuration> all;
  // The slowest come first: two threads then end at about the same time.
  const auto normed =
      is_full ? net<Layers41<true>>(bn, data.train, deep) : net<Layers41<true, 4>>(bn, data.train, deep);
  all.push_back(normed);
  if (has_variants) {
    all.push_back(with(normed, plateau, [](Configuration& one) { one.plateau = true; }));
    all.push_back(with(normed, slow, [](Configuration& one) { one.lr = 1e-4; }));
    all.push_back(with(normed, sgd, [](Configuration& one) { one.lr = 1e-2, one.sgd = true; }));
  }
  const int few = run.by_scale(1, 3, 6, 6), some = run.by_scale(2, 6, 10, 15);
  all.push_back(is_full ? net<Residual41<>>(residual, data.train, some)
                        : net<Residual41<4>>(residual, data.train, some));
  all.push_back(is_full ? net<Layers41<false>>(plain, data.train, few)
                        : net<Layers41<false, 4>>(plain, data.train, few));
  if (run.scale() != Scale::smoke) all.push_back(net<Layers41<false>>(plain_200, data.start, 1));
  if (is_full) {
    all.push_back(net<Layers22<false>>(layers_22, data.train, 20));
    all.push_back(net<Layers22<true>>(layers_22_bn, data.train, 20));
  }
  const auto he = net<Layers5<false>>(layers_5, data.train, five);
  const auto normal = with(he, layers_5_normal, [](Configuration& one) { one.normal_start = true; });
  all.push_back(he);
  all.push_back(normal);
  if (has_variants) {
    all.push_back(with(normal, layers_5_fast, [](Configuration& one) { one.lr = 1e-2; }));
    all.push_back(net<Layers5<true>>(layers_5_bn, data.train, five));
  }
  return all;
}

template <class Net>
void count(lab::Run& run, const std::string& name) {
  run.setting(name, lab::text(Net::num_layers, " Linear layers, ", Net::num_modules, " modules, ", Net::num_parameters,
                              " parameters"));
}

struct MnistDepth {
  static constexpr const char* name = "mnist-depth";
  static constexpr const char* about =
      "Nets of 5, 22 and 41 Linear layers with ReLU on MNIST: N(0,1) against He's start, with and without BatchNorm1d, "
      "a lower rate, SGD, ReduceLROnPlateau, residual modules; and what becomes of signal and gradient on the way "
      "through the layers. Needs MNIST: scripts/fetch-mnist data/mnist.";
  static constexpr Scale scales[] = {Scale::medium, Scale::full};
  static void measure(lab::Run& run);
  static lab::Claims judge(const lab::Results& results) { return mnist_depth::judge(results); }
  static void draw(const lab::Results& results, lab::Pictures& to);
};

void MnistDepth::measure(lab::Run& run) {
  const Data data = load(run);
  run.setting("training",
              "batch 64, a new order in each epoch, Adam (0.9, 0.999, 1e-8) with lr 1e-3 unless said, "
              "SGD with lr 1e-2; cross-entropy; weights of the best validation accuracy are tested");
  run.setting("start", "He normal, biases 0, unless N(0,1), which is of weights and biases");
  run.setting("width of 41 layers", run.scale() == Scale::full ? "full" : "a quarter, but for '200 steps'");
  count<Layers5<false>>(run, "5 layers");
  count<Layers5<true>>(run, "5 layers, BN");
  count<Layers22<false>>(run, "22 layers");
  count<Layers22<true>>(run, "22 layers, BN");
  count<Layers41<false>>(run, "41 layers");
  count<Layers41<true>>(run, "41 layers, BN");
  count<Residual41<>>(run, "41 layers, residual");
  count<Layers41<false, 4>>(run, "41 layers, quarter width");
  count<Layers41<true, 4>>(run, "41 layers, BN, quarter width");
  count<Residual41<4>>(run, "41 layers, residual, quarter width");
  if (run.scale() != Scale::full) run.left_out("22 layers and full width (--full)");
  if (run.scale() == Scale::standard) run.left_out("more than one seed, plateau, lower rate, SGD (--medium)");

  const auto all = configurations(run, data);
  const int seeds = run.seeds(run.by_scale(1, 1, 3, 3));
  int epochs = 0;
  double work = 0;
  for (const Configuration& one : all) {
    epochs = (std::max)(epochs, one.epochs);
    for (int seed = 0; seed < seeds; ++seed)
      if (!is_done(run.csv(), one.name, static_cast<std::uint64_t>(seed))) work += one.work() * one.epochs;
  }
  const double core_seconds = work * 64e-12;  // 4 ns for a parameter in a step of 64 samples, as measured
  if (run.scale() != Scale::smoke && core_seconds > 300)
    run.takes(evomlp::duration_text(core_seconds / 2) + " on two cores");
  Pace pace(work);
  const Shared shared{data, run.out() / "checkpoints", pace};
  std::filesystem::create_directories(shared.checkpoints);

  run.experiments(all, figure_names(epochs),
                  [&](const Configuration& one, std::uint64_t seed) { return one.train(one, shared, seed); });
}

void MnistDepth::draw(const lab::Results& results, lab::Pictures& to) {
  for (const std::string& net : results.configurations()) {
    if (results.failures(net) > 0) continue;
    const auto loss = results.curve(net, "loss");
    std::vector<lab::Figure> panels;
    if (loss.size() > 1) {  // a curve, not a point
      panels.push_back(
          lab::Figure({.title = net + ": training loss", .x = "epoch", .y = "loss", .log_y = loss.front().median > 20})
              .line("mean of the epoch", loss));
      panels.push_back(lab::Figure({.title = "accuracy", .x = "epoch", .y = "share right", .y_range = {{0, 1}}})
                           .line("training images", results.curve(net, "train"))
                           .line("validation", results.curve(net, "val")));
    }
    panels.push_back(
        lab::Figure(
            {.title = net + ": gradient by layer, 1 is the input's", .x = "Linear layer", .y = "norm", .log_y = true})
            .line("|dL/dW|, start", results.curve(net, "dW_start"))
            .line("|dL/dW|, end", results.curve(net, "dW_end"))
            .line("|dL/dy|, start", results.curve(net, "d_start"))
            .line("|dL/dy|, end", results.curve(net, "d_end")));
    to.save(file_name(net), panels, {.columns = 1, .height = 300});
  }
  lab::Figure losses({.title = "41 layers: training loss", .x = "epoch", .y = "loss", .log_y = true});
  lab::Figure accuracies(
      {.title = "41 layers: validation accuracy", .x = "epoch", .y = "share right", .y_range = {{0, 1}}});
  lab::Figure gradients(
      {.title = "gradient at the start", .x = "Linear layer, 1 is the input's", .y = "|dL/dy|", .log_y = true});
  lab::Figure spread({.title = "outputs over the batch", .x = "step", .y = "standard deviation", .log_y = true});
  int compared = 0;
  for (const std::string& net : results.configurations()) {
    if (!net.starts_with("41") || results.failures(net) > 0) continue;
    ++compared;
    losses.line(net.substr(11), results.curve(net, "loss"));
    accuracies.line(net.substr(11), results.curve(net, "val"));
    if (net == plateau || net == slow || net == sgd) continue;  // they begin as BN does
    gradients.line(net.substr(11), results.curve(net, "d_start"));
    spread.line(net.substr(11), results.curve(net, "output_sd"));
  }
  if (compared == 0) throw lab::MissingError(results.path().string() + ": has no net of 41 layers to compare");
  to.save("comparison", {losses, accuracies, gradients, spread},
          {.columns = 2, .height = 360, .title = "width: " + results.setting("width of 41 layers")});
}

}  // namespace

int main(int argc, char** argv) { return lab::main<MnistDepth>(argc, argv); }
