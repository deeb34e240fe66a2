// SPDX-License-Identifier: MIT
// weight_report: how large a model's parameters are, and how many of them are zero.
#pragma once

#include "evomlp/core/number_text.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/core/text_table.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/core/write_file.hpp"
#include "evomlp/net/model.hpp"

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace evomlp {

struct WeightReportOptions {
  double zero = 0;     ///< |w| ≤ zero counts as a zero
  double tiny = 1e-3;  ///< |w| < tiny counts as tiny (`small` is a macro of <windows.h>)
};

/// What weight_report returns: a row for each parameter, as parameter_table<Net> has them.
struct WeightReport {
  struct Row {
    std::string key{};
    std::size_t count = 0;
    std::size_t zeros = 0, tiny = 0;  ///< by the options; zeros are tiny, too
    double l1 = 0;                    ///< Σ |w|
    double l2_squared = 0;            ///< Σ w² over all
    double mean = 0, sd = 0;          ///< sd: √(Σ (w − mean)² / count)
    double largest = 0;               ///< of |w|
    double zero_share() const { return static_cast<double>(zeros) / static_cast<double>(count); }
    double tiny_share() const { return static_cast<double>(tiny) / static_cast<double>(count); }
    double l2() const { return std::sqrt(l2_squared); }  ///< √(Σ w²)
  };

  std::vector<Row> rows{};
  Row matrices{.key = "weight matrices"};  ///< what L1, L2 and ProximalL1 work on
  Row all{.key = "all"};

  /// λ Σ |w| and λ Σ w² over the weight matrices, or over everything: what the policies L1 and L2 add to the loss.
  double l1_penalty(double lambda, bool everything = false) const { return lambda * (everything ? all : matrices).l1; }
  double l2_penalty(double lambda, bool everything = false) const {
    return lambda * (everything ? all : matrices).l2_squared;
  }

  /// A line for each parameter, and the sums.
  template <class = detail::WhereCalled>
  std::string to_string() const {
    return table(4).text();
  }
  template <class = detail::WhereCalled>
  void print(std::FILE* to = stdout) const {
    std::fputs(to_string().c_str(), to);
  }

  /// The same as CSV: parameter, count, zeros, zero_share, tiny_share, l1, l2, mean, sd, largest. Written whole or not
  /// at all; throws FileError.
  template <class = detail::WhereCalled>
  void write_csv(const std::filesystem::path& path) const {
    write_file(path, table(0).csv());
  }

 private:
  template <class = detail::WhereCalled>
  TextTable table(int digits) const {
    const auto number = [&](double value) { return detail::number_text(value, digits); };
    TextTable text({"parameter", "count", "zeros", "zero_share", "tiny_share", "l1", "l2", "mean", "sd", "largest"}, 1);
    const auto add = [&](const Row& row) {
      text.add({row.key, std::to_string(row.count), std::to_string(row.zeros), number(row.zero_share()),
                number(row.tiny_share()), number(row.l1), number(row.l2()), number(row.mean), number(row.sd),
                number(row.largest)});
    };
    for (const Row& row : rows) add(row);
    if (matrices.count > 0) add(matrices);
    add(all);
    return text;
  }
};

namespace detail {

/// A row of values that come in parts.
class WeightSums {
 public:
  explicit WeightSums(const WeightReportOptions& options) : options_(options) {}

  template <class T>
  void add(std::span<const T> values) {
    for (const T value : values) {
      const double w = static_cast<double>(value), size = std::abs(w);
      ++row_.count;
      row_.zeros += size <= options_.zero;
      row_.tiny += size < options_.tiny;
      row_.l1 += size;
      row_.l2_squared += w * w;
      row_.largest = size > row_.largest || size != size ? size : row_.largest;  // a NaN shows
      const double from = w - row_.mean;
      row_.mean += from / static_cast<double>(row_.count);
      squares_ += from * (w - row_.mean);
    }
  }
  WeightReport::Row row(std::string key) const {
    WeightReport::Row row = row_;
    row.key = std::move(key);
    row.sd = row.count > 0 ? std::sqrt(squares_ / static_cast<double>(row.count)) : 0;
    return row;
  }

 private:
  WeightReportOptions options_;
  WeightReport::Row row_{};
  double squares_ = 0;
};

}  // namespace detail

/// For each trained parameter: how many values, how many zeros and tiny values, Σ |w|, √ Σ w², mean, standard deviation
/// and the largest |w|; the same for all weight matrices together and for everything. Throws TrainingError for a bound
/// that is negative or no number.
template <class Net, class T>
WeightReport weight_report(const Model<Net, T>& model, const WeightReportOptions& options = {}) {
  detail::require_not_negative("weight_report", "zero", options.zero);
  detail::require_not_negative("weight_report", "tiny", options.tiny);
  WeightReport report;
  detail::WeightSums matrices(options), all(options);
  for (const ParameterInfo& info : parameter_table<Net>) {
    if (!info.trained) continue;
    const std::span<const T> values = model.values(info);
    detail::WeightSums one(options);
    one.add(values);
    report.rows.push_back(one.row(std::string(info.key)));
    if (info.rank == 2) matrices.add(values);
    all.add(values);
  }
  report.matrices = matrices.row(report.matrices.key);
  report.all = all.row(report.all.key);
  return report;
}

}  // namespace evomlp
