// SPDX-License-Identifier: MIT
// Faults in the depth of a network, found in its figures, with a line of advice for each.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/diagnostics/depth_figures.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace evomlp {

/// Where a figure begins to count as a fault.
struct DepthThresholds {
  double vanishing = 1e-3;  ///< ‖dL/dy‖ of the first layer with a weight matrix over that of the last: below this
  double exploding = 1e3;   ///< the same: above this
  double collapsed = 0.2;   ///< the spread of a layer before the last with a weight matrix: below this
  double dead = 0.5;        ///< the share of dead units of an activation: above this
  double saturated = 0.9;   ///< the share of saturated numbers of an activation: above this
};

struct DepthFinding {
  enum class Kind { vanishing, exploding, collapsed, dead, saturated, idle_clip, not_finite };

  Kind kind;
  std::size_t snapshot = 0, layer = 0;  ///< the first snapshot in which it shows, and the first layer there
  double value = 0;                     ///< what was compared with the threshold there
  std::size_t snapshots = 0;            ///< in how many it shows
  std::string advice{};                 ///< a line: where, how much, what helps
};

namespace detail {

struct DepthHit {
  std::size_t layer = 0;
  double value = 0;
};

/// The first layer whose figure `is_bad`; a NaN never is.
std::optional<DepthHit> first_layer(const DepthSnapshot& at, double LayerFigures::* figure, auto is_bad) {
  for (std::size_t i = 0; i < at.layers.size(); ++i)
    if (is_bad(at.layers[i].*figure)) return DepthHit{i, at.layers[i].*figure};
  return std::nullopt;
}

/// The last layer with a weight matrix, or 0.
template <class = WhereCalled>
std::size_t last_with_weight(const DepthSnapshot& at) {
  std::size_t i = at.layers.size();
  while (i > 0 && at.layers[i - 1].weight_gradient != at.layers[i - 1].weight_gradient) --i;
  return i > 0 ? i - 1 : 0;
}

/// How many times larger ‖dL/dy‖ of the first layer with a weight matrix is than that of the last.
template <class = WhereCalled>
std::optional<DepthHit> gradient_growth(const DepthSnapshot& at) {
  const auto has_weight = [](const LayerFigures& one) { return one.weight_gradient == one.weight_gradient; };
  const auto first = std::find_if(at.layers.begin(), at.layers.end(), has_weight);
  const auto last = std::find_if(at.layers.rbegin(), at.layers.rend(), has_weight);
  if (first == at.layers.end() || !(last->output_gradient > 0)) return std::nullopt;
  return DepthHit{static_cast<std::size_t>(first - at.layers.begin()), first->output_gradient / last->output_gradient};
}

template <class = WhereCalled>
std::optional<DepthHit> depth_hit(DepthFinding::Kind kind, const DepthSnapshot& at, const DepthThresholds& limits) {
  using Kind = DepthFinding::Kind;
  switch (kind) {
    case Kind::vanishing:
    case Kind::exploding: {
      const auto growth = gradient_growth(at);
      const bool is_bad =
          growth && (kind == Kind::vanishing ? growth->value < limits.vanishing : growth->value > limits.exploding);
      return is_bad ? growth : std::nullopt;
    }
    case Kind::collapsed: {  // except in the output: a target's mean is learned there
      const auto hit = first_layer(at, &LayerFigures::spread, [&](double v) { return v < limits.collapsed; });
      return hit && hit->layer < last_with_weight(at) ? hit : std::nullopt;
    }
    case Kind::not_finite:
      for (std::size_t i = 0; i < at.layers.size(); ++i)
        for (const double figure : {at.layers[i].mean, at.layers[i].stddev, at.layers[i].output_gradient})
          if (std::isinf(figure)) return DepthHit{i, figure};
      return std::nullopt;
    case Kind::dead: return first_layer(at, &LayerFigures::dead, [&](double v) { return v > limits.dead; });
    case Kind::saturated:
      return first_layer(at, &LayerFigures::saturated, [&](double v) { return v > limits.saturated; });
    case Kind::idle_clip: {
      const auto active = first_layer(at, &LayerFigures::clipped_share, [](double v) { return v > 0; });
      return active ? std::nullopt : first_layer(at, &LayerFigures::clipped_share, [](double v) { return v == 0; });
    }
  }
  return std::nullopt;
}

template <class = WhereCalled>
std::string depth_advice(const DepthFinding& found, const LayerPlace& place, const DepthSnapshot& at, std::size_t of) {
  using Kind = DepthFinding::Kind;
  const std::string where = concat({"layer ", place.path, " (", place.layer, ")"}), value = number_text(found.value, 3);
  const std::string when =
      concat({" [from epoch ", at.epoch + 1, ", step ", at.step + 1, "; ", found.snapshots, " of ", of, " snapshots]"});
  switch (found.kind) {
    case Kind::vanishing:
      return concat({"vanishing gradient: at ", where, " it is ", value, " of what it is at the last layer", when,
                     ": an initialiser that suits the activation (He, Xavier), BatchNorm1d or residual blocks"});
    case Kind::exploding:
      return concat({"exploding gradient: at ", where, " it is ", value, " times what it is at the last layer", when,
                     ": smaller initial weights or residual scale, or ClipGradNorm; Adam hides it, SGD won't"});
    case Kind::collapsed:
      return concat({"collapsed signal: the samples hardly differ after ", where, ", spread ", value, when,
                     ": BatchNorm1d, residual blocks or fewer layers"});
    case Kind::dead:
      return concat({"dead units: ", number_text(100 * found.value, 3), " % of those of ", where,
                     " are 0 for every sample", when,
                     ": a smaller learning rate, LeakyReLU, or BatchNorm1d before the activation"});
    case Kind::saturated:
      return concat({"saturated units: ", number_text(100 * found.value, 3), " % of the numbers of ", where,
                     " are where its slope is below 0.01", when, ": smaller initial weights, or another activation"});
    case Kind::not_finite:
      return concat({"not finite: the signal or the gradient at ", where, " overflows or is NaN", when,
                     ": smaller initial weights, data of about ±1"});
    case Kind::idle_clip:
      return concat({"idle clip: not one element was clipped", when, ": it can go, or its limit is too large"});
  }
  return {};
}

/// One for each kind that is there.
template <class = WhereCalled>
std::vector<DepthFinding> depth_findings(std::span<const LayerPlace> places, std::span<const DepthSnapshot> snapshots,
                                         const DepthThresholds& limits) {
  using Kind = DepthFinding::Kind;
  std::vector<DepthFinding> all;
  for (const Kind kind : {Kind::not_finite, Kind::vanishing, Kind::exploding, Kind::collapsed, Kind::dead,
                          Kind::saturated, Kind::idle_clip}) {
    std::optional<DepthFinding> found;
    for (std::size_t i = 0; i < snapshots.size(); ++i)
      if (const auto hit = depth_hit(kind, snapshots[i], limits)) {
        if (!found) found = DepthFinding{kind, i, hit->layer, hit->value};
        ++found->snapshots;
      }
    if (!found || (kind == Kind::idle_clip && found->snapshots < snapshots.size())) continue;
    found->advice = depth_advice(*found, places[found->layer], snapshots[found->snapshot], snapshots.size());
    all.push_back(std::move(*found));
  }
  return all;
}

}  // namespace detail
}  // namespace evomlp
