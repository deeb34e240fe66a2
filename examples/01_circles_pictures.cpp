// SPDX-License-Identifier: MIT
// The training of 01_circles once more, with its numbers written down for plotting (scripts/demo draws them):
//   DIR/history.csv   epoch,loss,validation_loss,accuracy,lr,…
//   DIR/boundary.csv  x,y,probability on a grid, an empty line between its rows
//   DIR/points.csv    x,y,label of the test samples
#include <CLI/CLI.hpp>
#include <evomlp/evomlp.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace evomlp;

using Block = ResidualBlock<5.0, Linear<32, 32>, ReLU>;
using Net = Sequential<Linear<2, 32>, ReLU, Repeat<8, Block>, Linear<32, 1>>;

void write_boundary(const Model<Net>& model, const std::filesystem::path& path) {
  constexpr std::size_t side = 161;
  constexpr float reach = 1.4f;
  const auto at = [](std::size_t i) { return reach * (2 * static_cast<float>(i) / static_cast<float>(side - 1) - 1); };
  auto grid = make_matrix<float>(side * side, 2);
  for (std::size_t i = 0; i < side * side; ++i) {
    grid(i, 0) = at(i % side);
    grid(i, 1) = at(i / side);
  }
  const auto probability = predict_proba(model, grid);
  std::ofstream file(path);
  file << "x,y,probability\n";
  for (std::size_t i = 0; i < side * side; ++i) {
    if (i > 0 && i % side == 0) file << '\n';
    file << grid(i, 0) << ',' << grid(i, 1) << ',' << probability(i, 0) << '\n';
  }
}

void write_points(const Dataset<float>& data, const std::filesystem::path& path) {
  std::ofstream file(path);
  file << "x,y,label\n";
  for (std::size_t i = 0; i < data.size(); ++i)
    file << data.x(i, 0) << ',' << data.x(i, 1) << ',' << data.y(i, 0) << '\n';
}

int main(int argc, char** argv) {
  std::filesystem::path folder = ".";
  CLI::App app("Trains the network of 01_circles and writes its history, decision boundary and test points as CSV.");
  app.add_option("--out", folder, "where the files go")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto circles = make_circles({.n_samples = 1000, .noise = 0.1, .factor = 0.3, .seed = 7});
  const auto [rest, test] = train_test_split(circles, {.test_size = 0.2, .seed = 7});
  const auto [train, validation] = train_test_split(rest, {.test_size = 0.2, .seed = 8});
  Model<Net> model(init::residual_scaled(), 42);
  const History history = fit(model, train, BCEWithLogitsLoss{}, chain(ClipGradValue{1.0}, Adam{.lr = 1e-3}),
                              {.epochs = 150, .batch_size = 32, .validation = &validation, .seed = 42});

  std::filesystem::create_directories(folder);
  history.write_csv(folder / "history.csv");
  write_boundary(model, folder / "boundary.csv");
  write_points(test, folder / "points.csv");
  std::printf("wrote history.csv, boundary.csv and points.csv to %s; test accuracy %.3f\n", folder.string().c_str(),
              evaluate(model, test, BCEWithLogitsLoss{}).accuracy);
}
