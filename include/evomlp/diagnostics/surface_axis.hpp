// SPDX-License-Identifier: MIT
// The directions that a loss surface is cut along.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/random.hpp"
#include "evomlp/net/model.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evomlp {

/// An axis through the space of parameters: at coordinate c the parameters are those of the model plus
/// (c − origin) · direction. `random_axis` and `parameter_axis` make one; others can be made of a gradient, the
/// difference of two models, or the direction that `sharpness` found.
struct SurfaceAxis {
  std::vector<double> direction{};  ///< in the order of parameter_table<Net>
  double from = -1, to = 1;         ///< the first and the last coordinate
  int points = 21;                  ///< 3 or more, equally far apart
  double origin = 0;                ///< the coordinate at which the model lies
  std::string name = "a";           ///< for tables and pictures
};

struct AxisOptions {
  double from = -1, to = 1;
  int points = 21;         ///< an odd number has the middle among them
  std::uint64_t seed = 0;  ///< of a random direction
};

/// A random direction, filter-normalised (Li, Xu, Taylor, Studer, Goldstein 2018, "Visualizing the loss landscape of
/// neural nets", section 4): normal numbers, of which those that lead to one unit are scaled to the norm of that
/// unit's weights, so that 1 on the axis means a disturbance as large as the weights themselves, whatever their scale,
/// which BatchNorm and ReLU let drift; only then can the surfaces of two networks be compared. Biases, BatchNorm's
/// scale and shift and other vectors stay as they are, as in the authors' own pictures (their program's setting
/// `biasbn`). Two seeds give directions that are nearly at right angles.
template <class Net, class T>
SurfaceAxis random_axis(const Model<Net, T>& model, const AxisOptions& options = {}) {
  const auto weights = model.parameters();
  SurfaceAxis axis{std::vector<double>(weights.size()),         options.from, options.to, options.points, 0,
                   detail::concat({"direction ", options.seed})};
  const Random random(options.seed, Stream::direction, 2);  // 0 and 1 are sharpness's
  for (const ParameterInfo& info : parameter_table<Net>) {
    if (!info.trained || info.rank != 2) continue;
    for (std::size_t unit = 0; unit < info.out; ++unit) {  // a column of the [in, out] matrix
      const auto place = [&](std::size_t i) { return info.offset + i * info.out + unit; };
      double of_weights = 0, of_direction = 0;
      for (std::size_t i = 0; i < info.in; ++i) {
        const double w = static_cast<double>(weights[place(i)]), d = random.normal(place(i));
        axis.direction[place(i)] = d;
        of_weights += w * w;
        of_direction += d * d;
      }
      for (std::size_t i = 0; i < info.in; ++i)
        axis.direction[place(i)] *= std::sqrt(of_weights / (of_direction > 0 ? of_direction : 1));
    }
  }
  return axis;
}

/// One parameter's own axis: the entry `index` of the parameter `key`, as it lies in memory ([in, out]); coordinates
/// are its values. Throws Error for what isn't there.
template <class Net, class T>
SurfaceAxis parameter_axis(const Model<Net, T>& model, std::string_view key, std::size_t index,
                           const AxisOptions& options = {}) {
  const std::size_t at = detail::find_key<Net>(key);
  if (at == parameter_table<Net>.size() || !parameter_table<Net>[at].trained)
    throw Error(detail::concat({"parameter_axis: the network has no parameter \"", key, "\""}));
  const ParameterInfo& info = parameter_table<Net>[at];
  if (index >= info.size)
    throw Error(detail::concat({"parameter_axis: entry ", index, " of \"", key, "\", which has ", info.size}));
  const double value = static_cast<double>(model.values(info)[index]);
  SurfaceAxis axis{std::vector<double>(model.parameters().size()),
                   options.from,
                   options.to,
                   options.points,
                   value,
                   detail::concat({key, info.size > 1 ? detail::concat({"[", index, "]"}) : ""})};
  axis.direction[info.offset + index] = 1;
  return axis;
}

namespace detail {

inline void require_axis(const SurfaceAxis& axis, std::size_t parameters) {
  const std::string where = concat({"loss_surface: the axis '", axis.name, "'"});
  if (axis.direction.size() != parameters)
    throw ShapeError(concat({where, " has a direction of ", axis.direction.size(), " numbers, the network has ",
                             parameters, " parameters"}));
  if (axis.points < 3) throw TrainingError(concat({where, " has ", axis.points, " points, expected at least 3"}));
  if (!(portable::is_finite(axis.from) && portable::is_finite(axis.to) && portable::is_finite(axis.origin) &&
        axis.from < axis.to))
    throw TrainingError(concat(
        {where, " goes from ", axis.from, " to ", axis.to, ", expected two finite numbers, the first the smaller"}));
  if (!std::all_of(axis.direction.begin(), axis.direction.end(), portable::is_finite<double>))
    throw TrainingError(where + " has a direction that isn't finite");
  if (std::all_of(axis.direction.begin(), axis.direction.end(), [](double d) { return d == 0; }))
    throw TrainingError(where + " has a direction of 0: on it there is one model only");
}

}  // namespace detail
}  // namespace evomlp
