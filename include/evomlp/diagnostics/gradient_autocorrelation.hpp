// SPDX-License-Identifier: MIT
// gradient_autocorrelation: do the gradients of a network at neighbouring inputs resemble each other?
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/core/text_table.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/core/write_file.hpp"
#include "evomlp/diagnostics/autocorrelation.hpp"
#include "evomlp/diagnostics/gradient.hpp"
#include "evomlp/net/model.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace evomlp {

/// The grid: inputs `origin` + t · `direction`, t evenly spaced on [from, to].
struct GradientGrid {
  double from = -2, to = 2;
  int points = 256;
  int lags = 32;                    ///< the largest lag of the autocorrelation
  std::vector<double> origin{};     ///< in_features numbers; none: zeros
  std::vector<double> direction{};  ///< in_features numbers; none: 1 for the first input, 0 for the others
  std::uint64_t seed = 0;           ///< of the dropout masks
};

/// What gradient_autocorrelation returns.
struct GradientAutocorrelation {
  static constexpr int noises = 100;  ///< series that a reference is the mean of

  std::vector<double> t{};               ///< the grid, (points)
  Tensor<double> gradients{};            ///< of each output at each point of the grid, (outputs, points)
  std::vector<double> correlation{};     ///< by lag, 0 to lags: the mean over the outputs that aren't left out
  int constant = 0;                      ///< left out: outputs whose gradient is constant, as a linear network's is
  int not_finite = 0;                    ///< left out: outputs whose gradient isn't finite everywhere on the grid
  std::vector<double> white{}, brown{};  ///< the same of white_noise and brown_noise of the grid's length

  /// (points, points): the mean over the outputs of (gᵢ − m)(gⱼ − m), m the output's mean over the grid. One network's;
  /// the mean over many is what the literature shows.
  template <class = detail::WhereCalled>
  Tensor<double> covariance() const {
    const std::size_t outputs = gradients.shape(0), points = gradients.shape(1);
    Tensor<double> result = xt::zeros<double>({points, points});
    std::vector<double> centred(points);
    for (std::size_t k = 0; k < outputs; ++k) {
      double mean = 0;
      for (std::size_t i = 0; i < points; ++i) mean += gradients(k, i) / static_cast<double>(points);
      for (std::size_t i = 0; i < points; ++i) centred[i] = gradients(k, i) - mean;
      for (std::size_t i = 0; i < points; ++i)
        for (std::size_t j = 0; j < points; ++j) result(i, j) += centred[i] * centred[j] / static_cast<double>(outputs);
    }
    return result;
  }

  /// A line for each lag: lag, gradient, white noise, brown noise.
  template <class = detail::WhereCalled>
  std::string to_string() const {
    TextTable table({"lag", "gradient", "white noise", "brown noise"}, 0);
    for (std::size_t lag = 0; lag < correlation.size(); ++lag) table.add(row(lag, 3));
    std::string text = table.text();
    const auto left_out = [&](int outputs, const char* why) {
      if (outputs > 0)
        text += detail::concat(
            {"left out: ", outputs, " of ", gradients.shape(0), " outputs, whose gradient is ", why, "\n"});
    };
    left_out(constant, "constant");
    left_out(not_finite, "not finite");
    return text;
  }
  template <class = detail::WhereCalled>
  void print(std::FILE* to = stdout) const {
    std::fputs(to_string().c_str(), to);
  }

  /// The same as CSV: lag, gradient, white_noise, brown_noise; numbers in their shortest exact form. Written whole or
  /// not at all; throws FileError.
  template <class = detail::WhereCalled>
  void write_csv(const std::filesystem::path& path) const {
    TextTable table({"lag", "gradient", "white_noise", "brown_noise"}, 0);
    for (std::size_t lag = 0; lag < correlation.size(); ++lag) table.add(row(lag, 0));
    write_file(path, table.csv());
  }

 private:
  template <class = detail::WhereCalled>
  std::vector<std::string> row(std::size_t lag, int digits) const {
    const auto number = [&](double value) { return detail::number_text(value, digits); };
    return {std::to_string(lag), number(correlation[lag]), number(white[lag]), number(brown[lag])};
  }
};

namespace detail {

/// Σ yₖ tₖ over the batch: with a target that is 1 for one output and 0 for the others, that output's sum.
struct SumOfProducts {
  static auto value(auto y, auto t) { return y * t; }
  static auto slope(auto /*y*/, auto t) { return t; }
  static double scale(double /*rows*/, double /*cols*/) { return 1; }
};

template <class = WhereCalled>
void require_grid(const GradientGrid& grid, std::size_t in_features) {
  constexpr const char* what = "gradient_autocorrelation: ";
  if (!portable::is_finite(grid.from) || !portable::is_finite(grid.to) || grid.from >= grid.to)
    throw TrainingError(
        concat({what, "the grid goes from ", grid.from, " to ", grid.to, ", expected a finite interval"}));
  if (grid.lags < 1 || grid.points <= grid.lags)
    throw TrainingError(concat(
        {what, grid.points, " points and ", grid.lags, " lags, expected at least one lag and more points than lags"}));
  const auto require_size = [&](const char* name, const std::vector<double>& values) {
    if (!values.empty() && values.size() != in_features)
      throw ShapeError(concat({what, name, " has ", values.size(), " numbers, the network takes ", in_features}));
  };
  require_size("origin", grid.origin);
  require_size("direction", grid.direction);
  const auto& direction = grid.direction;
  if (!direction.empty() && (!std::all_of(direction.begin(), direction.end(), portable::is_finite<double>) ||
                             std::all_of(direction.begin(), direction.end(), [](double d) { return d == 0; })))
    throw TrainingError(concat({what, "direction is 0 or isn't finite"}));
}

/// Whether a finite series differs from its first number by no more than the rounding of a T.
template <class T>
bool is_constant(std::span<const double> series) {
  double largest = 0, spread = 0;
  for (const double value : series) {
    largest = (std::max)(largest, std::abs(value));
    spread = (std::max)(spread, std::abs(value - series[0]));
  }
  return spread <= 100 * static_cast<double>(std::numeric_limits<T>::epsilon()) * largest;
}

}  // namespace detail

/// The gradient of each output along a grid through input space, and by lag how much it resembles itself: near 1 as
/// long as neighbouring inputs get similar gradients (as brown noise), near 0 where the gradients of a deep network are
/// as good as random (white noise; "shattered", Balduzzi et al. 2017). In training mode, with the grid as the batch:
/// BatchNorm normalises over it, and the gradient at a point is that of the output's sum over the grid, through the
/// batch's statistics. With a `direction` it is the gradient along it. The model isn't changed.
///
///     gradient_autocorrelation(model, {.from = -2, .to = 2}).print();
///
/// Throws TrainingError for an invalid grid, ShapeError for an origin or direction of another width.
template <class Net, class T, class Isa = isa::ThisTarget>
GradientAutocorrelation gradient_autocorrelation(const Model<Net, T>& model, const GradientGrid& grid = {}) {
  detail::require_grid(grid, Net::in_features);
  const auto points = static_cast<std::size_t>(grid.points);
  std::vector<double> direction = grid.direction;
  if (direction.empty()) {
    direction.resize(Net::in_features);
    direction[0] = 1;
  }

  GradientAutocorrelation result;
  Tensor<T> x = make_matrix<T>(points, Net::in_features);
  for (std::size_t i = 0; i < points; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(points - 1);
    result.t.push_back(grid.from + share * (grid.to - grid.from));
    for (std::size_t j = 0; j < Net::in_features; ++j)
      x(i, j) = static_cast<T>((grid.origin.empty() ? 0 : grid.origin[j]) + result.t[i] * direction[j]);
  }

  const auto lags = static_cast<std::size_t>(grid.lags);
  result.gradients = make_matrix<double>(Net::out_features, points);
  result.correlation.assign(lags + 1, 0.0);
  result.white = result.brown = result.correlation;
  const auto add = [&](std::vector<double>& to, const std::vector<double>& series) {
    const auto found = autocorrelation(series, grid.lags);
    for (std::size_t lag = 0; lag <= lags; ++lag) to[lag] += found[lag];
  };
  std::vector<double> series(points);
  for (std::size_t k = 0; k < Net::out_features; ++k) {
    Tensor<T> chosen = xt::zeros<T>({points, Net::out_features});
    for (std::size_t i = 0; i < points; ++i) chosen(i, k) = 1;
    const auto found =
        gradient<Net, T, detail::SumOfProducts, Tensor<T>, Tensor<T>, Isa>(model, {}, x, chosen, {.seed = grid.seed});
    for (std::size_t i = 0; i < points; ++i) {
      series[i] = 0;
      for (std::size_t j = 0; j < Net::in_features; ++j) series[i] += direction[j] * static_cast<double>(found.x(i, j));
      result.gradients(k, i) = series[i];
    }
    if (!std::all_of(series.begin(), series.end(), portable::is_finite<double>))
      ++result.not_finite;
    else if (detail::is_constant<T>(series))
      ++result.constant;
    else
      add(result.correlation, series);
  }
  const double outputs = static_cast<double>(Net::out_features) - result.constant - result.not_finite;
  for (double& value : result.correlation) value /= outputs;  // 0 / 0 = NaN where all are left out
  for (int i = 0; i < GradientAutocorrelation::noises; ++i) {
    add(result.white, white_noise(points, static_cast<std::uint64_t>(i)));
    add(result.brown, brown_noise(points, static_cast<std::uint64_t>(i)));
  }
  for (std::size_t lag = 0; lag <= lags; ++lag) {
    result.white[lag] /= GradientAutocorrelation::noises;
    result.brown[lag] /= GradientAutocorrelation::noises;
  }
  return result;
}

}  // namespace evomlp
