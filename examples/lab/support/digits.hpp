// SPDX-License-Identifier: MIT
// Pictures of 28 x 28 pixels in ten classes: MNIST where it is, else made-up digits.
#pragma once

#include "run.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

namespace lab {

using Images = evomlp::Dataset<float, evomlp::Labels>;

/// Ten smooth random pictures as prototypes; each sample is one of them shifted by up to 3 pixels in both directions,
/// times a contrast of 0.7 to 1.3, with noise N(0, 0.3²). The same numbers on every machine for a seed; samples
/// first, first + 1, … of an endless row.
inline Images made_up_digits(std::size_t count, std::uint64_t seed = 1, std::size_t first = 0) {
  constexpr std::size_t side = 28, pixels = side * side, classes = 10, waves = 12;
  constexpr int reach = 3;
  constexpr std::size_t wide = side + 2 * reach;
  std::vector<double> prototypes(classes * wide * wide);
  const evomlp::Random shapes(seed, evomlp::Stream::data, 0);
  for (std::size_t digit = 0; digit < classes; ++digit) {
    for (std::size_t wave = 0; wave < waves; ++wave) {
      const std::uint64_t index = 4 * (digit * waves + wave);
      const double fx = 5 * shapes.uniform(index) - 2.5, fy = 5 * shapes.uniform(index + 1) - 2.5;
      const double phase = shapes.uniform(index + 2);
      for (std::size_t row = 0; row < wide; ++row)
        for (std::size_t column = 0; column < wide; ++column) {
          const double turns = (fx * static_cast<double>(column) + fy * static_cast<double>(row)) / side + phase;
          prototypes[(digit * wide + row) * wide + column] +=
              evomlp::portable::sin_cos_turns(turns).sin / std::sqrt(waves / 2.0);
        }
    }
  }
  Images all{evomlp::make_matrix<float>(count, pixels), evomlp::make_labels(count)};
  for (std::size_t i = 0; i < count; ++i) {
    const evomlp::Random random(seed, evomlp::Stream::data, 1 + first + i);
    const auto digit = static_cast<std::size_t>(random.below(0, classes));
    const auto down = static_cast<std::size_t>(random.below(1, 2 * reach + 1));
    const auto right = static_cast<std::size_t>(random.below(2, 2 * reach + 1));
    const double contrast = 0.7 + 0.6 * random.uniform(3);
    for (std::size_t p = 0; p < pixels; ++p) {
      const std::size_t row = p / side + down, column = p % side + right;
      all.x(i, p) = static_cast<float>(
          std::fma(0.3, random.normal(4 + p), contrast * prototypes[(digit * wide + row) * wide + column]));
    }
    all.y(i) = static_cast<std::int32_t>(digit);
  }
  return all;
}

/// Pixels to mean 0 and standard deviation 1, over all of MNIST's training pictures.
inline Images mnist(const std::filesystem::path& folder, const std::string& part) {
  auto images = evomlp::load_idx(folder / (part + "-images-idx3-ubyte"), folder / (part + "-labels-idx1-ubyte"));
  images.x = (images.x - 0.1307f) / 0.3081f;
  return images;
}

struct Digits {
  Images train, test;
};

/// So many samples to train on and to test on: of MNIST where --data has it (a random choice), else made up. Which of
/// them it is becomes a setting of the run.
inline Digits digits(Run& run, std::size_t train, std::size_t test) {
  const bool is_there = std::filesystem::exists(run.data() / "train-images-idx3-ubyte");
  run.setting("data", is_there ? "MNIST" : "made-up digits (no MNIST in --data): smooth prototypes, shifted, noisy");
  run.setting("training samples", train);
  run.setting("test samples", test);
  if (!is_there) return {made_up_digits(train), made_up_digits(test, 1, train)};
  const auto some = [](const Images& all, std::size_t count) {
    std::vector<std::size_t> rows(all.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    evomlp::shuffle(rows, evomlp::Random(1, evomlp::Stream::split));
    rows.resize((std::min)(count, rows.size()));
    return evomlp::take_rows(all, rows);
  };
  return {some(mnist(run.data(), "train"), train), some(mnist(run.data(), "t10k"), test)};
}

}  // namespace lab
