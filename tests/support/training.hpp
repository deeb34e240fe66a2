// SPDX-License-Identifier: MIT
// Data, observers and comparisons for the tests of training.
#pragma once

#include "evomlp/callbacks/callback.hpp"
#include "evomlp/data/dataset.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/train/state.hpp"
#include "support/draw.hpp"
#include "support/message_of.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace evomlp_test {

/// n samples of `features` normal numbers; the target of each output is 1 where the sample's sum is positive.
template <class T>
evomlp::Dataset<T> two_sides(std::size_t n, std::size_t features, std::size_t outputs = 1, std::uint64_t seed = 1) {
  evomlp::Dataset<T> data{evomlp::make_matrix<T>(n, features), evomlp::make_matrix<T>(n, outputs)};
  Draw draw(seed);
  draw.fill_normal(std::span<T>(data.x.data(), data.x.size()));
  for (std::size_t i = 0; i < n; ++i) {
    T sum = 0;
    for (std::size_t j = 0; j < features; ++j) sum += data.x(i, j);
    for (std::size_t j = 0; j < outputs; ++j) data.y(i, j) = sum > 0 ? T(1) : T(0);
  }
  return data;
}

/// The same with the labels 0 and 1.
template <class T>
evomlp::Dataset<T, evomlp::Labels> two_classes(std::size_t n, std::size_t features, std::uint64_t seed = 1) {
  const auto sides = two_sides<T>(n, features, 1, seed);
  evomlp::Dataset<T, evomlp::Labels> data{sides.x, evomlp::make_labels(n)};
  for (std::size_t i = 0; i < n; ++i) data.y(i) = sides.y(i, 0) > 0 ? 1 : 0;
  return data;
}

/// Every bit of a model.
template <class Net, class T>
bool same_bits(const evomlp::Model<Net, T>& a, const evomlp::Model<Net, T>& b) {
  const auto same = [](std::span<const T> p, std::span<const T> q) {
    return p.size() == q.size() && (p.empty() || std::memcmp(p.data(), q.data(), p.size_bytes()) == 0);
  };
  return same(a.parameters(), b.parameters()) && same(a.buffers(), b.buffers());
}

/// What a State remembers from one step to the next.
template <class T>
struct Remembered {
  std::vector<T> rule_state;
  std::uint64_t step = 0, seen = 0, clipped = 0, nan = 0;
  double lr = 0;

  friend bool operator==(const Remembered&, const Remembered&) = default;
};
template <class Net, class T, class C>
Remembered<T> remembered(evomlp::State<Net, T, C>& state) {
  const auto memory = state.work();
  const auto count = state.clip_count();
  return {{memory.rule_state, memory.rule_state + C::state * memory.stride},
          state.step(),
          count.seen,
          count.clipped,
          count.nan,
          state.chain().rule().lr};
}

/// A callback that keeps the model as it is after each epoch, and all reports.
template <class M>
struct Recorder {
  const M* model;
  std::vector<M> after{};
  std::vector<evomlp::StepReport> steps{};
  std::vector<evomlp::EpochReport> epochs{};

  void on_step(const evomlp::StepReport& report) { steps.push_back(report); }
  void on_epoch(const evomlp::EpochReport& report) {
    epochs.push_back(report);
    after.push_back(*model);
  }
};
template <class M>
Recorder(const M*) -> Recorder<M>;

}  // namespace evomlp_test
