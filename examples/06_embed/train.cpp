// SPDX-License-Identifier: MIT
// From training to a header that any program can include: device.cpp is one. BatchNorm helps training and is folded
// away after it; the scaler, the sigmoid and the names of the classes go into the header.
#include <evomlp/evomlp.hpp>
#include <evomlp/io/to_header.hpp>
#include <evomlp/net/fold_batchnorm.hpp>

#include <cstdio>
using namespace evomlp;

using Net = Sequential<Linear<2, 16>, BatchNorm1d<16>, Tanh, Linear<16, 16>, BatchNorm1d<16>, Tanh, Linear<16, 1>>;

int main(int argc, char** argv) try {
  const Dataset<float> moons = make_moons({.n_samples = 1000, .noise = 0.2, .seed = 1});
  const auto [raw_train, raw_test] = train_test_split(moons, {.test_size = 0.25, .seed = 1});
  StandardScaler scaler;
  const auto train = scaler.fit_transform(raw_train), test = scaler.transform(raw_test);

  Model<Net> model(init::xavier_normal(), 1);
  fit(model, train, BCEWithLogitsLoss{}, Adam{.lr = 1e-2}, {.epochs = 60, .batch_size = 50, .seed = 1});
  const auto folded = fold_batchnorm(model);
  std::printf("test accuracy %.3f, with BatchNorm folded %.3f\n", evaluate(model, test, BCEWithLogitsLoss{}).accuracy,
              evaluate(folded, test, BCEWithLogitsLoss{}).accuracy);

  const char* const path = argc > 1 ? argv[1] : "moons.hpp";
  to_header(folded, path,
            {.name = "moons", .scaler = &scaler, .output = HeaderOutput::sigmoid, .classes = {"upper", "lower"}});
  std::printf("%s is written\n", path);
} catch (const Error& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
