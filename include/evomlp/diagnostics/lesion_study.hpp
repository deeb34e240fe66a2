// SPDX-License-Identifier: MIT
// lesion_study: how much a network needs each of its blocks, and their order.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/random.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/diagnostics/lesion_report.hpp"
#include "evomlp/diagnostics/lesion_units.hpp"
#include "evomlp/net/walk.hpp"
#include "evomlp/train/evaluate.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp {

struct LesionOptions {
  /// What is deleted, in the order of the network: the path of a layer or block ("2.0"), of a list in the network ("3",
  /// all in it), or of a run of layers ("2.0..2.1"). Empty: lesion_units<Net>().
  std::vector<std::string> units{};
  /// So many at a time, drawn at random; counts above the number of units are left out.
  std::vector<int> deleted{2, 3, 4};
  std::vector<int> swaps{};  ///< so many random swaps of two, one after the other
  bool pairs = false;        ///< every two that fit in each other's place swapped
  int trials = 10;           ///< draws for each count
  std::uint64_t seed = 0;    ///< of the draws
};

namespace detail {

/// The visitor of a walk that leaves layers out, and lets others run in their place.
struct Lesioned {
  const std::vector<LesionLayer>& layers;
  std::vector<bool> left_out;       // by place in the flat list
  std::vector<std::size_t> runs{};  // which layer runs in a place

  void operator()(auto&&...) const {}
  bool skip(const auto& node) const {
    for (std::size_t i = 0; i < layers.size(); ++i)
      if (left_out[i] && layers[i].path == node.path) return true;
    return false;
  }
  std::size_t choose(std::string_view path, std::size_t index) const {
    return index < layers.size() && layers[index].path == path ? runs[index] : index;  // not inside a block
  }
};

/// One draw of a study. The same draws whatever else is asked for: each has a substream of its own.
template <class = WhereCalled>
Random lesion_draw(const LesionOptions& options, Lesion::Kind kind, int count, int trial) {
  const auto unsigned_count = static_cast<std::uint64_t>(count), unsigned_trial = static_cast<std::uint64_t>(trial);
  return Random(options.seed, Stream::shuffle,
                (unsigned_trial << 32) + (unsigned_count << 1) + (kind == Lesion::Kind::swapped ? 1 : 0));
}

/// Which units fit in each other's place: as many layers, of the same widths.
template <class = WhereCalled>
bool interchangeable(const std::vector<LesionLayer>& layers, const LesionUnit& a, const LesionUnit& b) {
  if (a.count != b.count) return false;
  for (std::size_t i = 0; i < a.count; ++i)
    if (layers[a.first + i].in != layers[b.first + i].in || layers[a.first + i].out != layers[b.first + i].out)
      return false;
  return true;
}

/// Kendall's τ of an order of 0, 1, …: 1 for that order, −1 for the reverse.
template <class = WhereCalled>
double kendall_tau(std::span<const std::size_t> order) {
  double inversions = 0;
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) inversions += order[j] > order[i] ? 1 : 0;
  const double n = static_cast<double>(order.size());
  return n < 2 ? 1 : 1 - 4 * inversions / (n * (n - 1));
}

/// The lesions to be made; their results are still missing. Throws Error.
template <class = WhereCalled>
std::vector<Lesion> planned_lesions(const std::vector<LesionLayer>& layers, const std::vector<LesionUnit>& units,
                                    const LesionOptions& options) {
  const std::size_t n = units.size();
  std::vector<std::size_t> in_order(n);
  std::iota(in_order.begin(), in_order.end(), std::size_t{0});
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = a + 1; b < n; ++b)
      if (interchangeable(layers, units[a], units[b])) pairs.emplace_back(a, b);
  if (pairs.empty() && (options.pairs || !options.swaps.empty()))
    throw Error(
        concat({"lesion_study: nothing can be swapped: no two of the ", n, " units fit in each other's place"}));

  std::vector<Lesion> lesions{{.kind = Lesion::Kind::none, .order = in_order}};
  for (const std::size_t unit : in_order)
    lesions.push_back({.kind = Lesion::Kind::deleted, .count = 1, .deleted = {unit}, .order = in_order});
  for (const int count : options.deleted) {
    require_at_least("lesion_study", "a count of deleted units", count, 1);
    if (static_cast<std::size_t>(count) > n || count == 1) continue;  // each unit alone is there already
    for (int trial = 0; trial < options.trials; ++trial) {
      std::vector<std::size_t> drawn = in_order;
      shuffle(drawn, lesion_draw(options, Lesion::Kind::deleted, count, trial));
      drawn.resize(static_cast<std::size_t>(count));
      std::sort(drawn.begin(), drawn.end());
      lesions.push_back({.kind = Lesion::Kind::deleted, .count = count, .deleted = drawn, .order = in_order});
    }
  }
  const auto add_swapped = [&](int count, std::vector<std::size_t> order) {
    lesions.push_back({.kind = Lesion::Kind::swapped, .count = count, .order = std::move(order)});
    lesions.back().kendall_tau = kendall_tau(std::span<const std::size_t>(lesions.back().order));
  };
  if (options.pairs)
    for (const auto& [a, b] : pairs) {
      std::vector<std::size_t> order = in_order;
      std::swap(order[a], order[b]);
      add_swapped(1, std::move(order));
    }
  for (const int count : options.swaps) {
    require_at_least("lesion_study", "a count of swaps", count, 1);
    for (int trial = 0; trial < options.trials; ++trial) {
      const Random random = lesion_draw(options, Lesion::Kind::swapped, count, trial);
      std::vector<std::size_t> order = in_order;
      for (int swap = 0; swap < count; ++swap) {
        const auto& [a, b] = pairs[random.below(static_cast<std::uint64_t>(swap), pairs.size())];
        std::swap(order[a], order[b]);
      }
      add_swapped(count, std::move(order));
    }
  }
  return lesions;
}

}  // namespace detail

/// Evaluates the model on a data source, in prediction mode, whole, with each unit deleted (its input passes on),
/// with several deleted at random, and with units in each other's place. A plain network collapses where a residual one
/// loses little (Veit, Wilber and Belongie 2016). The model isn't changed. Throws Error for units that aren't there or
/// can't be deleted, and as evaluate.
template <class Net, class T, DataSource S, Loss L, class Isa = isa::ThisTarget>
LesionStudy lesion_study(const Model<Net, T>& model, const S& source, const L& loss,
                         const LesionOptions& options = {}) {
  static_assert(detail::require_source_type<Net, T, L, S>());
  detail::require_source<Net, L>(source, "lesion_study: the data");
  detail::require_at_least("lesion_study", "trials", options.trials, 1);
  const std::vector<detail::LesionLayer> layers = detail::lesion_layers<Net>();
  const std::vector<detail::LesionUnit> units = detail::lesion_units_of(layers, options.units);
  LesionStudy study;
  for (const detail::LesionUnit& unit : units) study.units.push_back(unit.name);
  study.lesions = detail::planned_lesions(layers, units, options);

  Workspace<Net, T> workspace(detail::predict_chunk);
  for (Lesion& lesion : study.lesions) {
    detail::Lesioned lesioned{layers, std::vector<bool>(layers.size()), std::vector<std::size_t>(layers.size())};
    std::iota(lesioned.runs.begin(), lesioned.runs.end(), std::size_t{0});
    for (const std::size_t unit : lesion.deleted)
      for (std::size_t i = 0; i < units[unit].count; ++i) lesioned.left_out[units[unit].first + i] = true;
    for (std::size_t place = 0; place < units.size(); ++place)
      for (std::size_t i = 0; i < units[place].count; ++i)
        lesioned.runs[units[place].first + i] = units[lesion.order[place]].first + i;
    const auto run = [&](const T* x, std::size_t rows) {
      const auto batch = detail::tensor_view(x, rows, Net::in_features);
      walk<Net, T, std::remove_const_t<decltype(batch)>, detail::Lesioned&, Isa>(model, workspace, batch, lesioned);
      return workspace.output();
    };
    const auto result = detail::evaluate_by<Isa, Net, T>(run, source, loss, "lesion_study");
    lesion.loss = result.loss;
    if constexpr (detail::has_accuracy<L>) lesion.accuracy = result.accuracy;
  }
  return study;
}

}  // namespace evomlp
