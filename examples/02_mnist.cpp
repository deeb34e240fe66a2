// SPDX-License-Identifier: MIT
// Five fully connected layers on MNIST, or on any data set in its format (Fashion-MNIST, …), gzipped or not.
//
//   scripts/fetch-mnist data/mnist
//   build/bin/02_mnist --data data/mnist
//
// New after 01_circles: labels and CrossEntropyLoss, IDX files, the best weights by validation accuracy, a callback.
#include <CLI/CLI.hpp>
#include <evomlp/evomlp.hpp>
#include <evomlp/io/gzip.hpp>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

using namespace evomlp;

using Net = Sequential<Linear<784, 128>, ReLU, Linear<128, 64>, ReLU, Linear<64, 32>, ReLU, Linear<32, 16>, ReLU,
                       Linear<16, 10>>;
static_assert(Net::num_parameters == 111514);

// data/train-images-idx3-ubyte, or the same with .gz.
std::filesystem::path find(const std::filesystem::path& folder, const std::string& name) {
  const auto zipped = folder / (name + ".gz");
  return std::filesystem::exists(zipped) ? zipped : folder / name;
}

Dataset<float, Labels> load(const std::filesystem::path& folder, const std::string& part) {
  auto data = load_idx_gzip(find(folder, part + "-images-idx3-ubyte"), find(folder, part + "-labels-idx1-ubyte"));
  data.x = (data.x - 0.1307f) / 0.3081f;  // to about mean 0 and standard deviation 1
  return data;
}

struct FirstLoss {
  double value = 0;
  void on_step(const StepReport& report) {
    if (report.epoch == 0 && report.step == 0) value = report.loss;
  }
};

Model<Net> start(const std::string& init, std::uint64_t seed) {
  return init == "he" ? Model<Net>(init::he_normal(), seed) : Model<Net>(init::normal(0, 1), seed);
}

int run(int argc, char** argv) {
  std::filesystem::path folder;
  std::string init = "he";
  int epochs = 15, batch_size = 64;
  double lr = 1e-3;
  std::uint64_t seed = 1;
  CLI::App app("Trains a 784-128-64-32-16-10 network on MNIST or a data set in its format.");
  app.add_option("--data", folder, "folder with train-images-idx3-ubyte and its three siblings, gzipped or not")
      ->required();
  app.add_option("--epochs", epochs, "passes over the training data")->capture_default_str();
  app.add_option("--batch-size", batch_size, "samples in a step")->capture_default_str();
  app.add_option("--lr", lr, "Adam's learning rate")->capture_default_str();
  app.add_option("--seed", seed, "of the start, the validation split and the shuffles")->capture_default_str();
  app.add_option("--init", init, "start of the weights: he, or normal for N(0, 1)")
      ->check(CLI::IsMember({"he", "normal"}))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto all = load(folder, "train");
  const auto test = load(folder, "t10k");
  const auto [train, validation] = train_test_split(all, {.test_size = 0.1, .stratify = true, .seed = seed});
  std::printf("%zu images to train on, %zu to validate, %zu to test\n", train.size(), validation.size(), test.size());

  auto model = start(init, seed);
  FirstLoss first;
  const History history = fit(model, train, CrossEntropyLoss{}, Adam{.lr = lr},
                              {.epochs = epochs,
                               .batch_size = batch_size,
                               .validation = &validation,
                               .seed = seed,
                               .monitor = Monitor::validation_accuracy,
                               .progress = true},
                              first);

  std::printf("best epoch %d of %d\n", history.best_epoch() + 1, history.epochs());
  std::printf("first loss %.4g\n", first.value);
  std::printf("validation accuracy %.4f\n", evaluate(model, validation, CrossEntropyLoss{}).accuracy);
  std::printf("test accuracy %.4f\n", evaluate(model, test, CrossEntropyLoss{}).accuracy);
  return 0;
}

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    std::fprintf(stderr, "02_mnist: %s\n", error.what());
    return 1;
  }
}
