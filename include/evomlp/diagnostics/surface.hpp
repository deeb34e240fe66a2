// SPDX-License-Identifier: MIT
// What loss_surface returns: losses on a line or a grid, and what their shape says.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/csv_line.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/core/write_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace evomlp {

/// A point of a surface: its coordinates (the second is 0 on a line) and the loss there.
struct SurfacePoint {
  std::array<double, 2> at{};
  double loss = std::numeric_limits<double>::quiet_NaN();
};

/// A witness that a loss isn't convex: between two points it is higher than halfway between their losses.
struct ConvexityViolation {
  std::array<SurfacePoint, 2> ends{};
  SurfacePoint middle{};
  double excess = 0;  ///< middle.loss − (ends[0].loss + ends[1].loss) / 2
};

struct LossSurface {
  struct Axis {
    std::string name{};
    std::vector<double> at{};  ///< coordinates, equally far apart

    double spacing() const { return (at.back() - at.front()) / static_cast<double>(at.size() - 1); }
  };
  std::vector<Axis> axes{};      ///< one or two
  std::vector<double> values{};  ///< losses, the last axis fastest; not finite where the loss isn't
  /// By how much rounding may change a loss: relative to the loss, and at least. What is smaller is no curvature.
  double rounding = 0, least_rounding = 0;

  std::size_t rows() const { return axes.front().at.size(); }
  std::size_t cols() const { return axes.size() > 1 ? axes[1].at.size() : 1; }
  double operator()(std::size_t i, std::size_t j = 0) const { return values[i * cols() + j]; }
  SurfacePoint point(std::size_t i, std::size_t j = 0) const {
    return {{axes[0].at[i], axes.size() > 1 ? axes[1].at[j] : 0}, (*this)(i, j)};
  }

  std::size_t finite() const {
    return static_cast<std::size_t>(std::count_if(values.begin(), values.end(), portable::is_finite<double>));
  }

  /// Of the losses that are finite; the first of equal ones.
  SurfacePoint lowest() const {
    return extreme([](double a, double b) { return a < b; });
  }
  SurfacePoint highest() const {
    return extreme([](double a, double b) { return a > b; });
  }

  /// Both eigenvalues, the smaller first, of the Hessian in the coordinates, by second differences of the losses around
  /// an inner point; on a line both are the second derivative. As exact as the grid is fine; `hessian` needs
  /// no grid. Throws Error for a point that isn't inside.
  std::array<double, 2> curvature(std::size_t i, std::size_t j = 0) const {
    require_inside(i, j);
    const double h = axes[0].spacing();
    const double aa = ((*this)(i - 1, j) - 2 * (*this)(i, j) + (*this)(i + 1, j)) / (h * h);
    if (axes.size() == 1) return {aa, aa};
    const double k = axes[1].spacing();
    const double bb = ((*this)(i, j - 1) - 2 * (*this)(i, j) + (*this)(i, j + 1)) / (k * k);
    const double ab =
        ((*this)(i + 1, j + 1) - (*this)(i + 1, j - 1) - (*this)(i - 1, j + 1) + (*this)(i - 1, j - 1)) / (4 * h * k);
    const double root = std::hypot((aa - bb) / 2, ab);
    return {(aa + bb) / 2 - root, (aa + bb) / 2 + root};
  }
  /// The signs of these eigenvalues, the smaller's first: −1, 1, or 0 for what rounding can make of 0. (1, 1): convex
  /// there; (−1, 1): a saddle's curvature, an indefinite Hessian. Where a loss around the point isn't finite they say
  /// nothing.
  std::array<int, 2> curvature_signs(std::size_t i, std::size_t j = 0) const {
    const auto both = curvature(i, j);
    const double h = (std::min)(axes.front().spacing(), axes.back().spacing());
    double largest = 0;
    around(i, j, [&](double loss) { largest = (std::max)(largest, std::abs(loss)); });
    const double nothing = 4 * rounding_of(largest) / (h * h);
    const auto sign = [&](double e) { return e > nothing ? 1 : e < -nothing ? -1 : 0; };
    return {sign(both[0]), sign(both[1])};
  }

  /// Of the inner points around which all losses are finite, the share where no eigenvalue is negative; NaN if there
  /// are none.
  double convex_share() const {
    return share([](std::array<int, 2> signs) { return signs[0] >= 0; });
  }
  /// … and where there are both signs.
  double indefinite_share() const {
    return share([](std::array<int, 2> signs) { return signs[0] < 0 && signs[1] > 0; });
  }

  /// How much the slope changes along the lines of the grid: the sum of |second differences| / spacing, which is the
  /// total variation of the slope, in units of the loss for a unit of the coordinate; the mean over all lines. It
  /// hardly depends on the number of points once they follow the surface. 0 for a plane, 4 for a² from −1 to 1.
  /// Comparable between surfaces over the same directions. NaN where a loss isn't finite.
  template <class = detail::WhereCalled>
  double bending() const {
    return bends([](double d) { return std::abs(d); }, [](const Axis& axis) { return 1 / axis.spacing(); });
  }
  /// The same of the shape alone, whatever its size: times the line's length, in units of highest − lowest loss. 8 for
  /// any parabola with its minimum in the middle, 4 for |a|, more with every wave. A surface that is steep in one
  /// corner only looks smooth by this number, but not by `bending`.
  template <class = detail::WhereCalled>
  double roughness() const {
    return bends([](double d) { return std::abs(d); }, steps) / (highest().loss - lowest().loss);
  }
  /// The part of it which bends downwards: 0 for a convex surface, ½ for waves, 1 for a hilltop.
  template <class = detail::WhereCalled>
  double concave_part() const {
    return bends([](double d) { return (std::max)(-d, 0.0); }, steps) /
           bends([](double d) { return std::abs(d); }, steps);
  }

  /// Witnesses against convexity: for each point the pair around it (at any distance on the grid) that it rises highest
  /// above. The largest excess comes first; none for a convex surface. Differences within rounding don't count, nor do
  /// losses that aren't finite.
  template <class = detail::WhereCalled>
  std::vector<ConvexityViolation> convexity_violations(std::size_t most = 10) const {
    std::vector<ConvexityViolation> found;
    const auto n = static_cast<std::ptrdiff_t>(rows()), m = static_cast<std::ptrdiff_t>(cols());
    const auto at = [&](std::ptrdiff_t i, std::ptrdiff_t j) {
      return (*this)(static_cast<std::size_t>(i), static_cast<std::size_t>(j));
    };
    const auto point_at = [&](std::ptrdiff_t i, std::ptrdiff_t j) {
      return point(static_cast<std::size_t>(i), static_cast<std::size_t>(j));
    };
    for (std::ptrdiff_t i = 0; i < n; ++i)
      for (std::ptrdiff_t j = 0; j < m; ++j) {
        const std::ptrdiff_t far_i = (std::min)(i, n - 1 - i), far_j = (std::min)(j, m - 1 - j);
        std::ptrdiff_t best_i = 0, best_j = 0;
        double best = 0;
        for (std::ptrdiff_t di = 0; di <= far_i; ++di)
          for (std::ptrdiff_t dj = di == 0 ? 1 : -far_j; dj <= far_j; ++dj) {
            const double before = at(i - di, j - dj), after = at(i + di, j + dj), middle = at(i, j);
            const double excess = middle - (before + after) / 2;
            if (excess > best &&
                excess > rounding_of((std::max)({std::abs(before), std::abs(after), std::abs(middle)}))) {
              best = excess;
              best_i = di;
              best_j = dj;
            }
          }
        if (best > 0)
          found.push_back({{point_at(i - best_i, j - best_j), point_at(i + best_i, j + best_j)}, point_at(i, j), best});
      }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.excess > b.excess; });
    if (found.size() > most) found.resize(most);
    return found;
  }

  /// A few lines: axes, lowest, highest, the numbers above, the first witness.
  template <class = detail::WhereCalled>
  std::string to_string() const {
    const auto number = [](double x) { return detail::number_text(x, 4); };
    const auto place = [&](const SurfacePoint& p) {
      return detail::concat({"(", number(p.at[0]), axes.size() > 1 ? ", " + number(p.at[1]) : "", ")"});
    };
    std::string text = "loss";
    for (const Axis& axis : axes)
      text += detail::concat({&axis == &axes.front() ? " over " : " and ", axis.name, " (", number(axis.at.front()),
                              " to ", number(axis.at.back()), ", ", axis.at.size(), " points)"});
    const SurfacePoint low = lowest(), high = highest();
    text +=
        detail::concat({"\nlowest ", number(low.loss), " at ", place(low), ", highest ", number(high.loss), " at ",
                        place(high), "\nbending ", number(bending()), ", roughness ", number(roughness()), ", ",
                        number(100 * concave_part()), " % of it downwards; convex at ", number(100 * convex_share()),
                        " % of the inner points, indefinite at ", number(100 * indefinite_share()), " %\n"});
    const auto witness = convexity_violations(1);
    if (witness.empty())
      return detail::concat({text, "no violation of convexity",
                             finite() == values.size() ? "\n"
                                                       : detail::concat({" among the ", finite(), " of ", values.size(),
                                                                         " losses that are finite\n"})});
    const auto& [ends, middle, excess] = witness.front();
    return detail::concat({text, "not convex: ", number(middle.loss), " at ", place(middle), ", halfway between ",
                           number(ends[0].loss), " at ", place(ends[0]), " and ", number(ends[1].loss), " at ",
                           place(ends[1]), "\n"});
  }
  template <class = detail::WhereCalled>
  void print(std::FILE* to = stdout) const {
    std::fputs(to_string().c_str(), to);
  }

  /// One line a point: the coordinates, by the axes' names, and the loss. Written whole or not at all; throws
  /// FileError.
  template <class = detail::WhereCalled>
  void write_csv(const std::filesystem::path& path) const {
    detail::CsvLine head;
    for (const Axis& axis : axes) head.add(axis.name);
    std::string text = head.add("loss").text();
    for (std::size_t i = 0; i < rows(); ++i)
      for (std::size_t j = 0; j < cols(); ++j) {
        detail::CsvLine line;
        for (std::size_t a = 0; a < axes.size(); ++a) line.add(detail::number_text(point(i, j).at[a]));
        text += line.add(detail::number_text((*this)(i, j))).text();
      }
    write_file(path, text);
  }

 private:
  double rounding_of(double loss) const { return (std::max)(rounding * loss, least_rounding); }

  SurfacePoint extreme(auto before) const {
    SurfacePoint best;
    for (std::size_t i = 0; i < rows(); ++i)
      for (std::size_t j = 0; j < cols(); ++j)
        if (portable::is_finite((*this)(i, j)) && (best.loss != best.loss || before((*this)(i, j), best.loss)))
          best = point(i, j);
    return best;
  }

  std::size_t margin() const { return axes.size() > 1 ? 1 : 0; }  // of the second axis

  void require_inside(std::size_t i, std::size_t j) const {
    const auto inside = [](std::size_t at, std::size_t margin_, std::size_t points) {
      return at >= margin_ && at < points && points - at > margin_;
    };
    if (!inside(i, 1, rows()) || !inside(j, margin(), cols()))
      throw Error(detail::concat({"LossSurface: no curvature at the point (", i, ", ", j, "), which isn't inside the ",
                                  rows(), " x ", cols(), " points"}));
  }

  // use(loss) of an inner point and its neighbours, the diagonal ones too.
  void around(std::size_t i, std::size_t j, auto use) const {
    for (std::size_t m = i - 1; m <= i + 1; ++m)
      for (std::size_t n = j - margin(); n <= j + margin(); ++n) use((*this)(m, n));
  }

  double share(auto wanted) const {
    std::size_t count = 0, all = 0;
    for (std::size_t i = 1; i + 1 < rows(); ++i)
      for (std::size_t j = margin(); j + margin() < cols(); ++j) {
        bool known = true;
        around(i, j, [&](double loss) { known = known && portable::is_finite(loss); });
        if (!known) continue;
        ++all;
        if (wanted(curvature_signs(i, j))) ++count;
      }
    return static_cast<double>(count) / static_cast<double>(all);  // 0 / 0 = NaN
  }

  static double steps(const Axis& axis) { return static_cast<double>(axis.at.size() - 1); }

  // The mean over all lines of Σ of(second difference) · unit(axis).
  double bends(auto of, auto unit) const {
    double sum = 0;
    for (std::size_t j = 0; j < cols(); ++j)
      for (std::size_t i = 1; i + 1 < rows(); ++i)
        sum += of((*this)(i - 1, j) - 2 * (*this)(i, j) + (*this)(i + 1, j)) * unit(axes[0]);
    if (axes.size() == 1) return sum;
    for (std::size_t i = 0; i < rows(); ++i)
      for (std::size_t j = 1; j + 1 < cols(); ++j)
        sum += of((*this)(i, j - 1) - 2 * (*this)(i, j) + (*this)(i, j + 1)) * unit(axes[1]);
    return sum / static_cast<double>(rows() + cols());
  }
};

}  // namespace evomlp
