// SPDX-License-Identifier: MIT
// What an experiment's CSV says: all that verdicts and pictures are made of.
#pragma once

#include "text.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lab {

/// Over the seeds. Without spread all three are the same.
struct Quartiles {
  double lower, median, upper;
};

/// A figure along an axis: the column "loss@20" is the point at 20 of the curve "loss".
struct Point {
  Point(double at_, double median_, double lower_, double upper_)
      : at(at_), median(median_), lower(lower_), upper(upper_) {}
  Point(double x, double y) : Point(x, y, y, y) {}

  double at;
  double median, lower, upper;  ///< over the seeds
};

/// Quartiles as the report of run_experiments has them. Throws evomlp::Error for no values.
inline Quartiles quartiles_of(std::vector<double> values) {
  if (values.empty()) throw evomlp::Error("quartiles of no values");
  std::sort(values.begin(), values.end());
  return {evomlp::quantile(values, 0.25), evomlp::quantile(values, 0.5), evomlp::quantile(values, 0.75)};
}

/// What a program asked for isn't in its CSV.
struct MissingError : evomlp::Error {
  using Error::Error;
};

/// A CSV of run_experiments. What a program asks for and isn't there is a MissingError that names it.
class Results {
 public:
  explicit Results(std::filesystem::path path) : path_(std::move(path)), all_(evomlp::read_experiments(path_)) {
    for (const evomlp::ExperimentRun& run : all_.runs)
      if (!has(run.configuration)) configurations_.push_back(run.configuration);
  }

  const std::filesystem::path& path() const { return path_; }
  const evomlp::ExperimentSettings& settings() const { return all_.settings; }
  const std::vector<evomlp::ExperimentRun>& runs() const { return all_.runs; }
  const std::vector<std::string>& figures() const { return all_.figures; }
  /// In the order in which their first runs ended.
  const std::vector<std::string>& configurations() const { return configurations_; }
  bool has(std::string_view configuration) const {
    return std::find(configurations_.begin(), configurations_.end(), configuration) != configurations_.end();
  }
  /// Whether there is such a configuration, and one of its runs gave this figure.
  bool has(std::string_view configuration, std::string_view figure) const {
    const auto at = std::find(all_.figures.begin(), all_.figures.end(), figure);
    return at != all_.figures.end() && has(configuration) && !seeds_and_values(configuration, figure).empty();
  }

  /// A setting, as text and as a number.
  const std::string& setting(std::string_view key) const {
    for (const auto& [name, value] : all_.settings)
      if (name == key) return value;
    throw MissingError(path_.string() + ": has no setting '" + std::string(key) + "'");
  }
  double setting_number(std::string_view key) const { return std::stod(setting(key)); }

  /// The runs that failed.
  int failures(std::string_view configuration) const {
    return static_cast<int>(std::count_if(all_.runs.begin(), all_.runs.end(), [&](const evomlp::ExperimentRun& run) {
      return run.configuration == configuration && !run.failure.empty();
    }));
  }

  /// A figure of a configuration, by seed, of the runs that gave it; at least one.
  std::vector<double> values(std::string_view configuration, std::string_view figure) const {
    std::vector<double> all;
    for (const auto& [seed, value] : seeds_and_values(configuration, figure)) all.push_back(value);
    if (all.empty())
      throw MissingError(path_.string() + ": no run of '" + std::string(configuration) + "' gave '" +
                          std::string(figure) + "'; " + std::to_string(failures(configuration)) + " failed");
    return all;
  }
  Quartiles quartiles(std::string_view configuration, std::string_view figure) const {
    return quartiles_of(values(configuration, figure));
  }
  double median(std::string_view configuration, std::string_view figure) const {
    return quartiles(configuration, figure).median;
  }

  /// The figures called "figure@NUMBER" that this configuration has, by number. At least one.
  std::vector<Point> curve(std::string_view configuration, std::string_view figure) const {
    std::vector<Point> points;
    const std::string begin = std::string(figure) + '@';
    for (const std::string& name : all_.figures) {
      if (!name.starts_with(begin) || !has(configuration, name)) continue;
      const Quartiles q = quartiles(configuration, name);
      points.push_back({std::stod(name.substr(begin.size())), q.median, q.lower, q.upper});
    }
    if (points.empty())
      throw MissingError(path_.string() + ": no run of '" + std::string(configuration) + "' gave a '" + begin +
                          "…'");
    std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.at < b.at; });
    return points;
  }

  /// A figure against what tells configurations apart: a point for each pair of its place and its name, without those
  /// that aren't there. In the order given.
  std::vector<Point> across(const std::vector<std::pair<double, std::string>>& configurations,
                            std::string_view figure) const {
    std::vector<Point> points;
    for (const auto& [at, configuration] : configurations) {
      if (!has(configuration, figure)) continue;
      const Quartiles q = quartiles(configuration, figure);
      points.push_back({at, q.median, q.lower, q.upper});
    }
    return points;
  }

  /// A figure of a configuration with the seeds of the runs that gave it, in their order; maybe none. Throws for names
  /// that aren't there.
  std::vector<std::pair<std::uint64_t, double>> seeds_and_values(std::string_view configuration,
                                                                 std::string_view figure) const {
    if (!has(configuration))
      throw MissingError(path_.string() + ": has no configuration '" + std::string(configuration) + "'");
    const auto at = std::find(all_.figures.begin(), all_.figures.end(), figure);
    if (at == all_.figures.end())
      throw MissingError(path_.string() + ": has no figure '" + std::string(figure) + "'");
    const auto index = static_cast<std::size_t>(at - all_.figures.begin());
    std::vector<std::pair<std::uint64_t, double>> all;
    for (const evomlp::ExperimentRun& run : all_.runs)
      if (run.configuration == configuration && run.failure.empty() && run.figures[index] == run.figures[index])
        all.emplace_back(run.seed, run.figures[index]);
    std::sort(all.begin(), all.end());
    return all;
  }

 private:
  std::filesystem::path path_;
  evomlp::ExperimentRuns all_;
  std::vector<std::string> configurations_{};
};

}  // namespace lab
