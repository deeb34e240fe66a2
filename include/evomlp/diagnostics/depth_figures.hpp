// SPDX-License-Identifier: MIT
// What DepthProbe and init_report measure of each layer.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace evomlp {

/// One layer or block at one step; y is what leaves it for the batch. NaN: it has no meaning for this layer, or wasn't
/// there to be seen.
struct LayerFigures {
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();

  double mean = none, stddev = none;  ///< of y, over samples and units
  /// How much the samples differ: the root of the units' mean variance over the batch, divided by the root mean square
  /// of y. 1: the samples share nothing; 0: the same output for each. None for one sample, and where all is 0.
  double spread = none;
  double dead = none;             ///< of an activation: the share of units that are 0 for every sample, of two or more
  double saturated = none;        ///< of an activation A: the share of numbers where |A'| < 0.01
  double weight_gradient = none;  ///< ‖dL/dW‖ (Frobenius), of a layer with a weight matrix
  double output_gradient = none;  ///< ‖dL/dy‖ over the batch
  double update_ratio = none;     ///< ‖Δθ‖ / ‖θ‖ of its own parameters in the step that was made
  double clipped_share = none;    ///< the share of their elements that an element-wise clip changed in it

  struct Column {
    std::string_view name;
    double LayerFigures::* figure;
  };
  static constexpr std::array<Column, 9> columns{{{"mean", &LayerFigures::mean},
                                                  {"stddev", &LayerFigures::stddev},
                                                  {"spread", &LayerFigures::spread},
                                                  {"dead", &LayerFigures::dead},
                                                  {"saturated", &LayerFigures::saturated},
                                                  {"weight_gradient", &LayerFigures::weight_gradient},
                                                  {"output_gradient", &LayerFigures::output_gradient},
                                                  {"update_ratio", &LayerFigures::update_ratio},
                                                  {"clipped_share", &LayerFigures::clipped_share}}};
};

/// A layer or block of the network: "2.0.body.0", "Linear".
struct LayerPlace {
  std::string path{}, layer{};
};

/// All layers at one step.
struct DepthSnapshot {
  int epoch = 0;                       ///< from 0
  std::uint64_t step = 0;              ///< of the run, from 0
  double loss = LayerFigures::none;    ///< of the batch
  std::vector<LayerFigures> layers{};  ///< in the order of the report's places
};

}  // namespace evomlp
