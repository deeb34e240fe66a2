// SPDX-License-Identifier: MIT
// What is in the files of the corpus: the networks and runs that wrote them, and that must read them again. Never
// changed, or old files would be compared with something else; new things go beside it.
#pragma once

#include "evomlp/evomlp.hpp"
#include "support/draw.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace evomlp_corpus {

using namespace evomlp;

/// All layers; in files of models.
using EveryLayer =
    Sequential<Linear<3, 4>, BatchNorm1d<4>, ReLU, Dropout<0.5>, Repeat<2, ResidualBlock<0.5, Linear<4, 4>, GELU>>,
               ReZeroBlock<Linear<4, 4, false>, SiLU>, HighwayBlock<Linear<4, 4>, Tanh>, LeakyReLU<0.2>, Identity,
               ProjectedResidualBlock<2.0, Linear<4, 2, false>, Sequential<Linear<4, 2>, Sigmoid>>, Softmax>;

template <class T>
Model<EveryLayer, T> every_layer() {
  Model<EveryLayer, T> model(init::he_normal(), 1);
  evomlp_test::Draw draw(2);
  for (T& value : model.buffers()) value = static_cast<T>(draw.uniform(0.5, 1.5));
  parameter<"5.alpha">(model)(0) = T(0.75);
  return model;
}

template <class T>
Tensor<T> inputs() {
  auto x = make_matrix<T>(5, 3);
  evomlp_test::Draw(3).fill_normal(std::span<T>(x.data(), x.size()));
  return x;
}

/// Beside a model: its predictions for `inputs`, in double.
struct Example {
  std::vector<double> y;
  void remember(auto& memory) { memory("y", y); }
};

template <class T>
Example example_of(const Model<EveryLayer, T>& model) {
  const auto y = predict(model, inputs<T>());
  return {std::vector<double>(y.begin(), y.end())};
}

/// A table's encoder, which remembers some of everything.
inline constexpr std::string_view table_text =
    "size,colour,kind\n1.5,red,a\n2.5,blue,b\nNA,red,a\n4.5,green,b\n3.0,NA,a\n";
inline Table table() { return read_csv(std::as_bytes(std::span(table_text))); }
using OfTable = Sequential<Linear<5, 2>>;  // size, three colours and "not known"

/// Trained; in checkpoints. (No bias before a BatchNorm: its gradient is rounding alone, which Adam makes steps of, so that
/// runs of other compilers would part.)
using Trained = Sequential<Linear<2, 6, false>, BatchNorm1d<6>, ReLU, Dropout<0.25>, Linear<6, 1>>;
inline const auto moons = [](std::uint64_t seed) { return make_moons({.n_samples = 40, .noise = 0.1, .seed = seed}); };
inline auto clipped_adam() { return chain(ClipGradValue{0.1}, Adam{.lr = 1e-2}); }

/// A loop over train_step: `steps` of them.
inline double loop(Model<Trained>& model, auto& state, int steps) {
  const auto data = moons(1);
  double loss = 0;
  for (int step = 0; step < steps; ++step) loss = train_step(model, state, BCEWithLogitsLoss{}, data.x, data.y);
  return loss;
}

/// A run of fit with all that remembers something.
inline History run(Model<Trained>& model, int epochs, const std::filesystem::path& resume, auto... more) {
  const auto data = moons(1), validation = moons(2);
  return fit(model, data, BCEWithLogitsLoss{}, clipped_adam(),
             {.epochs = epochs, .batch_size = 16, .validation = &validation, .seed = 5, .resume = resume},
             ReduceLROnPlateau{.patience = 1}, EarlyStopping{.patience = 4}, MAE{}, more...);
}

}  // namespace evomlp_corpus
