// SPDX-License-Identifier: MIT
// An epoch's figures as a line of CSV: the one place that names the columns of CsvLog and History::write_csv.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/csv_line.hpp"
#include "evomlp/core/number_text.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace evomlp::detail {

/// visit(name, number) for each figure that the report has, in the order of the columns.
void for_each_figure(const EpochReport& report, auto visit) {
  visit(std::string_view("loss"), report.loss);
  if (report.validation_loss) visit(std::string_view("validation_loss"), *report.validation_loss);
  if (report.accuracy) visit(std::string_view("accuracy"), *report.accuracy);
  visit(std::string_view("lr"), report.lr);
  if (report.clipped_share) visit(std::string_view("clipped_share"), *report.clipped_share);
  visit(std::string_view("seconds"), report.seconds);
  for (const MetricValue& metric : report.metrics) visit(metric.name, metric.value);
}

/// Whether a metric of this name would have the column of another figure.
inline bool is_epoch_column(std::string_view name, bool has_accuracy) {
  EpochReport all;
  all.validation_loss = all.clipped_share = 0;
  if (has_accuracy) all.accuracy = 0;
  bool is = name == "epoch";
  for_each_figure(all, [&](std::string_view column, double) { is = is || name == column; });
  return is;
}

/// The line of names above the lines of reports with these figures.
inline std::string csv_header(const EpochReport& report) {
  CsvLine line;
  line.add("epoch");
  for_each_figure(report, [&](std::string_view name, double) { line.add(name); });
  return line.text();
}

inline std::string csv_line(const EpochReport& report) {
  CsvLine line;
  line.add(std::to_string(report.epoch + 1));
  for_each_figure(report, [&](std::string_view, double number) { line.add(number_text(number)); });
  return line.text();
}

}  // namespace evomlp::detail
