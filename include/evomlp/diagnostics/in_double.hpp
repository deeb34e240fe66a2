// SPDX-License-Identifier: MIT
// A model and its data in double, whatever their scalar: second derivatives need the digits.
#pragma once

#include "evomlp/net/model.hpp"
#include "evomlp/train/data_source.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

namespace evomlp::detail {

template <class Net, class T>
Model<Net, double> in_double(const Model<Net, T>& model) {
  Model<Net, double> result;
  std::copy(model.parameters().begin(), model.parameters().end(), result.parameters().begin());
  std::copy(model.buffers().begin(), model.buffers().end(), result.buffers().begin());
  return result;
}

/// A source that hands out another one's samples in double, labels as they are. `source` must outlive it.
template <DataSource S>
struct InDouble {
  using value_type = double;
  using target_type = std::conditional_t<std::is_same_v<typename S::target_type, std::int32_t>, std::int32_t, double>;

  const S& source;

  std::size_t size() const { return source.size(); }
  std::size_t features() const { return source.features(); }
  std::size_t outputs() const { return source.outputs(); }
  void gather(std::span<const std::size_t> rows, double* x_to, target_type* y_to) const {
    std::vector<typename S::value_type> x(rows.size() * features());
    std::vector<typename S::target_type> y(rows.size() * outputs());
    source.gather(rows, x.data(), y.data());
    std::copy(x.begin(), x.end(), x_to);
    std::copy(y.begin(), y.end(), y_to);
  }
  bool has_weights() const { return detail::has_weights(source); }
  void gather_weights(std::span<const std::size_t> rows, double* to) const {
    std::vector<typename S::value_type> weights(rows.size());
    detail::gather_weights(source, rows, weights.data());
    std::copy(weights.begin(), weights.end(), to);
  }
};

}  // namespace evomlp::detail
