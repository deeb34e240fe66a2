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

/// Ten smooth random pictures as prototypes, which have nine tenths of their variance in common; each sample is one of
/// them shifted by up to 3 pixels in both directions, times a contrast of 0.7 to 1.3, with as much noise as picture;
/// about standard deviation 1. Of an endless row that only the seed decides, samples first, first + 1, … About as hard
/// as MNIST: from 4,000 a linear classifier learns 85 %, a small network 97 % (as measured on 1,000 others).
inline Images made_up_digits(std::size_t count, std::uint64_t seed = 1, std::size_t first = 0) {
  constexpr std::size_t side = 28, pixels = side * side, classes = 10, waves = 12;
  constexpr std::size_t reach = 3, wide = side + 2 * reach;
  using Picture = std::vector<double>;
  const auto smooth = [&](std::size_t picture) {
    const evomlp::Random random(seed, evomlp::Stream::data, picture);
    Picture sum(wide * wide);
    for (std::size_t wave = 0; wave < waves; ++wave) {
      const double across = 5 * random.uniform(3 * wave) - 2.5, down = 5 * random.uniform(3 * wave + 1) - 2.5;
      const double phase = random.uniform(3 * wave + 2);
      for (std::size_t p = 0; p < sum.size(); ++p) {
        const double turns = (across * static_cast<double>(p % wide) + down * static_cast<double>(p / wide)) / side;
        sum[p] += evomlp::portable::sin_cos_turns(turns + phase).sin / std::sqrt(waves / 2.0);
      }
    }
    return sum;
  };
  const Picture common = smooth(classes);
  std::vector<Picture> prototypes;
  for (std::size_t digit = 0; digit < classes; ++digit) {
    prototypes.push_back(smooth(digit));
    for (std::size_t p = 0; p < common.size(); ++p)
      prototypes[digit][p] = std::sqrt(0.9) * common[p] + std::sqrt(0.1) * prototypes[digit][p];
  }

  Images all{evomlp::make_matrix<float>(count, pixels), evomlp::make_labels(count)};
  for (std::size_t i = 0; i < count; ++i) {
    const evomlp::Random random(seed, evomlp::Stream::data, classes + 1 + first + i);
    const auto digit = static_cast<std::size_t>(random.below(0, classes));
    const auto down = static_cast<std::size_t>(random.below(1, 2 * reach + 1));
    const auto right = static_cast<std::size_t>(random.below(2, 2 * reach + 1));
    const double contrast = 0.7 + 0.6 * random.uniform(3);
    for (std::size_t p = 0; p < pixels; ++p) {
      const double ink = contrast * prototypes[digit][(p / side + down) * wide + p % side + right];
      all.x(i, p) = static_cast<float>((ink + random.normal(4 + p)) / std::numbers::sqrt2);
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

/// Means of 2 x 2 pixels: 14 x 14, for short runs.
inline Images pooled(const Images& images) {
  constexpr std::size_t side = 14, wide = 28;
  Images small{evomlp::make_matrix<float>(images.size(), side * side), images.y};
  for (std::size_t i = 0; i < images.size(); ++i)
    for (std::size_t p = 0; p < side * side; ++p) {
      const std::size_t at = 2 * (p / side) * wide + 2 * (p % side);
      small.x(i, p) = (images.x(i, at) + images.x(i, at + 1) + images.x(i, at + wide) + images.x(i, at + wide + 1)) / 4;
    }
  return small;
}

/// Samples first, first + 1, …, so many of them.
inline Images part(const Images& images, std::size_t first, std::size_t count) {
  std::vector<std::size_t> rows(count);
  std::iota(rows.begin(), rows.end(), first);
  return evomlp::take_rows(images, rows);
}

inline evomlp::Dataset<double, evomlp::Labels> in_double(const Images& images) {
  return {xt::cast<double>(images.x), images.y};
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
