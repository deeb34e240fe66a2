// SPDX-License-Identifier: MIT
// The networks of the founding experiment, and one run.
#pragma once

#include "../support/run.hpp"
#include "setting.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace ars {

using namespace evomlp;

// --- The networks: two inputs, one output. Depth is counted in linear layers: equal depths have equal parameters.

template <std::size_t depth, std::size_t width = 16>
using Plain = Sequential<Linear<2, width>, ReLU, Repeat<depth - 2, Linear<width, width>, ReLU>, Linear<width, 1>>;

template <Real lambda, std::size_t depth = 10, std::size_t width = 16>
using Residual = Sequential<Linear<2, width>, ReLU,
                            Repeat<depth - 2, ResidualBlock<lambda, Linear<width, width>, ReLU>>, Linear<width, 1>>;

using ReZero = Sequential<Linear<2, 16>, ReLU, Repeat<8, ReZeroBlock<Linear<16, 16>, ReLU>>, Linear<16, 1>>;

/// Width 8 is the paper's reconstruction, with the squared error of a linear output.
template <class Net>
using LossOf = std::conditional_t<parameter_table<Net>[0].out == 8, MSELoss, BCEWithLogitsLoss>;

constexpr bool in_block(const ParameterInfo& parameter) { return parameter.key.find("body") != std::string_view::npos; }

/// He, in the blocks times a factor. (init::residual_scaled(gain) divides by λ and √L too.)
struct BlocksTimes {
  double factor;

  template <class T>
  void operator()(const ParameterInfo& parameter, const InitContext& context, std::span<T> values) const {
    init::he_normal()(parameter, context, values);
    if (!in_block(parameter)) return;
    for (T& value : values) value = static_cast<T>(factor * static_cast<double>(value));
  }
};

/// One type for every clip place: a limit of infinity changes nothing.
inline auto optimizer(const Setting& setting) {
  constexpr double never = std::numeric_limits<double>::infinity();
  const auto in_blocks = [](auto policy, auto change) {
    return by_parameter(policy, [change](decltype(policy) one, const ParameterInfo& parameter) {
      if (in_block(parameter)) change(one);
      return one;
    });
  };
  const double like = setting.like;
  return chain(in_blocks(ClipGradValue{setting.clip == Clip::gradient ? 1.0 : never},
                         [like](ClipGradValue& clip) { clip.max /= like; }),
               in_blocks(Adam{.lr = setting.lr},
                         [like](Adam& adam) {
                           adam.lr *= like;
                           adam.eps /= like;
                         }),
               in_blocks(ClipUpdateValue{setting.clip == Clip::update ? 1.0 : never},
                         [like](ClipUpdateValue& clip) { clip.max *= like; }));
}

inline Dataset<float> make_data(Data kind, int samples, std::uint64_t seed) {
  if (kind == Data::spirals) return make_spirals({.n_samples = samples, .noise = 0.02, .turns = 1.5, .seed = seed});
  return make_circles({.n_samples = samples, .noise = 0.1, .factor = 0.3, .seed = seed});
}

// --- One run.

inline const std::vector<int> shown{1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 60, 80, 100, 120, 140, 150};

/// What isn't finite, and what is larger, is 1e9: such runs are part of the medians.
inline double capped(double value) { return value < 1e9 ? value : 1e9; }

/// Trains a network of type Net. A loop of train_step, not fit: for these twenty networks the compiler needs two thirds
/// of the time and three quarters of the memory. The order of the samples is that of fit.
struct Train {
  int samples;

  template <class Net>
  lab::Figures operator()(const Setting& setting, std::uint64_t seed) const {
    constexpr std::size_t batch = 32, first_layer = parameter_table<Net>[0].size + parameter_table<Net>[1].size;
    auto train = make_data(setting.data, samples, seed), fresh = make_data(setting.data, samples, seed + 1'000'000);
    if (setting.data == Data::standardised_circles) {
      StandardScaler scaler;
      train = scaler.fit_transform(train);
      fresh = scaler.transform(fresh);
    }
    const LossOf<Net> loss{};
    Model<Net> model(BlocksTimes{setting.start * setting.like}, seed);
    State state(model, optimizer(setting), {.max_batch = batch});

    lab::Figures figures;
    int reached = setting.epochs + 1;
    double clipped_early = 0;
    std::vector<std::size_t> order(train.size());
    for (int epoch = 1; epoch <= setting.epochs; ++epoch) {
      std::iota(order.begin(), order.end(), std::size_t{0});
      shuffle(order, Random(seed, Stream::shuffle, static_cast<std::uint64_t>(epoch - 1)));
      double loss_sum = 0, norm_sum = 0;
      for (std::size_t begin = 0; begin < order.size(); begin += batch) {
        const std::size_t rows = (std::min)(batch, order.size() - begin);
        const auto part = take_rows(train, std::span<const std::size_t>(order).subspan(begin, rows));
        loss_sum += static_cast<double>(rows) * train_step(model, state, loss, part.x, part.y);
        double squares = 0;
        for (const double g : state.gradients().first(first_layer)) squares += g * g;
        norm_sum += static_cast<double>(rows) * std::sqrt(squares);
        if (epoch == 1 && begin == 0) figures.add("first layer's gradient", 0, capped(std::sqrt(squares)));
      }
      const double mean_loss = capped(loss_sum / static_cast<double>(order.size()));
      if (mean_loss <= target) reached = (std::min)(reached, epoch);
      if (epoch <= 20) clipped_early = state.clip_count().share();
      if (std::find(shown.begin(), shown.end(), epoch) == shown.end()) continue;
      figures.add("loss", epoch, mean_loss);
      figures.add("first layer's gradient", epoch, capped(norm_sum / static_cast<double>(order.size())));
    }
    return figures.add("epochs to target", reached)
        .add("fresh loss", capped(evaluate(model, fresh, loss).loss))
        .add("clipped early", clipped_early)
        .add("clipped", state.clip_count().share());
  }
};

}  // namespace ars
