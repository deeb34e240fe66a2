// SPDX-License-Identifier: MIT
// with_scaling: a network that takes its inputs as they were before a scaler.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/layers/feature_scaling.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/net/model.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

namespace evomlp {

namespace detail {

/// Throws unless the scaler is fitted, to as many features, with numbers that T has.
template <class T>
void require_scaling(const char* where, std::span<const double> offset, std::span<const double> scale,
                     std::size_t inputs) {
  if (scale.empty()) throw DataError(concat({where, ": the scaler has not seen any data: call its fit first"}));
  if (scale.size() != inputs || offset.size() != inputs)
    throw ShapeError(concat(
        {where, ": the scaler has ", scale.size(), " features, expected ", inputs, ", the inputs of the network"}));
  for (std::size_t i = 0; i < inputs; ++i)
    if (!portable::is_finite(static_cast<T>(offset[i])) || !portable::is_finite(static_cast<T>(scale[i])) ||
        static_cast<T>(scale[i]) == 0)
      throw DataError(
          concat({where, ": the scaler's offset or scale of feature ", i,
                  " (counted from 0) is no number for a network of ", std::is_same_v<T, float> ? "float" : "double"}));
}

/// The buffers of a FeatureScaling: offset, what it lacks when rounded, scale.
template <class T>
std::vector<T> scaling_buffers(std::span<const double> offset, std::span<const double> scale) {
  std::vector<T> buffers;
  for (const double o : offset) buffers.push_back(static_cast<T>(o));
  for (const double o : offset) buffers.push_back(static_cast<T>(o - static_cast<double>(static_cast<T>(o))));
  for (const double s : scale) buffers.push_back(static_cast<T>(s));
  return buffers;
}

}  // namespace detail

/// The model behind a FeatureScaling that does what the scaler did to the data it was trained with: it predicts from raw
/// features, in a file, in ONNX and one sample at a time too. The model's layers are its layer 1.
///
///     const auto ready = with_scaling(model, scaler);  // Model<Sequential<FeatureScaling<4>, Net>>
///     to_onnx(ready, "model.onnx");
///
/// `scaler`: a fitted StandardScaler, MinMaxScaler, or whatever has offset() and scale() for (x − offset) / scale. Throws
/// DataError before its fit and for numbers that T doesn't have, ShapeError for another number of features.
template <class Net, class T, class S>
Model<Sequential<FeatureScaling<Net::in_features>, Net>, T> with_scaling(const Model<Net, T>& model, const S& scaler) {
  detail::require_scaling<T>("with_scaling", scaler.offset(), scaler.scale(), Net::in_features);
  Model<Sequential<FeatureScaling<Net::in_features>, Net>, T> result;
  std::ranges::copy(model.parameters(), result.parameters().begin());
  const auto rest =
      std::ranges::copy(detail::scaling_buffers<T>(scaler.offset(), scaler.scale()), result.buffers().begin());
  std::ranges::copy(model.buffers(), rest.out);
  return result;
}

}  // namespace evomlp
