// SPDX-License-Identifier: MIT
// Which network is better? One run says little: its start and its shuffles are luck. Here each of four networks is
// trained on the circles with several seeds, on all cores, and judged by what most of its runs do.
//
//   build/bin/04_many_seeds --seeds 10 --out runs
//
// Stopped and called again, it goes on where it was: the runs are in runs.csv.
//
// New after 03_own_layer: run_experiments, and for_each_net for a sweep over network types.
#include <CLI/CLI.hpp>
#include <evomlp/evomlp.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

using namespace evomlp;

using Figures = std::vector<std::pair<std::string, double>>;

template <class Activation, std::size_t Depth>
using Plain = Sequential<Linear<2, 16>, Activation, Repeat<Depth, Linear<16, 16>, Activation>, Linear<16, 1>>;

// One run. All its randomness comes from `seed`: the start, the order of the samples. The data are the same for all.
template <class Net>
Figures train_one(std::uint64_t seed) {
  const auto circles = make_circles({.n_samples = 400, .noise = 0.1, .factor = 0.5, .seed = 7});
  const auto [train, test] = train_test_split(circles, {.test_size = 0.5, .seed = 7});
  Model<Net> model(init::he_normal(), seed);
  fit(model, train, BCEWithLogitsLoss{}, Adam{.lr = 3e-3}, {.epochs = 25, .batch_size = 16, .seed = seed});
  const auto result = evaluate(model, test, BCEWithLogitsLoss{});
  return {{"accuracy", result.accuracy}, {"loss", result.loss}};
}

int run(int argc, char** argv) {
  int seeds = 5, threads = 0;
  std::filesystem::path folder = ".";
  CLI::App app("Trains four networks on two circles, each with several seeds, and compares them.");
  app.add_option("--seeds", seeds, "runs of each network")->capture_default_str();
  app.add_option("--threads", threads, "runs at a time; 0: as many as there are cores")->capture_default_str();
  app.add_option("--out", folder, "where runs.csv and report.csv go")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto nets = for_each_net<Plain<ReLU, 1>, Plain<Tanh, 1>, Plain<ReLU, 7>, Plain<Tanh, 7>>(
      {"2 hidden layers, ReLU", "2 hidden layers, tanh", "8 hidden layers, ReLU", "8 hidden layers, tanh"},
      []<class Net>(std::uint64_t seed) { return train_one<Net>(seed); });
  std::filesystem::create_directories(folder);
  const auto report = run_experiments(nets, {.seeds = seeds,
                                             .threads = threads,
                                             .figures = {{"accuracy"}, {"loss", /*larger_is_better=*/false}},
                                             .csv = folder / "runs.csv",
                                             .progress = true});
  report.print();
  report.write_csv(folder / "report.csv");
  return 0;
}

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    std::fprintf(stderr, "04_many_seeds: %s\n", error.what());
    return 1;
  }
}
