// SPDX-License-Identifier: MIT
// The runs of an experiment in a file, to go on from.
#pragma once

#include "evomlp/core/append_file.hpp"
#include "evomlp/core/csv_line.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/read_file.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/data/csv.hpp"
#include "evomlp/data/parse_number.hpp"
#include "evomlp/data/table.hpp"
#include "evomlp/experiments/experiment_report.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// CSV: configuration, seed, the figures, failure; a line for each run, in the order in which they ended. A last line
/// without an end is of a run that was cut off: it is removed.
class ExperimentFile {
 public:
  /// Reads what is there. Throws FileError for a file of other columns or configurations, with the line.
  template <class = WhereCalled>
  ExperimentFile(std::filesystem::path path, const std::vector<std::string>& configurations,
                 const std::vector<ExperimentFigure>& figures)
      : path_(std::move(path)), figures_(figures) {
    const auto fixed = fixed_columns();
    CsvLine names;
    names.add(fixed[0]).add(fixed[1]);
    for (const ExperimentFigure& figure : figures_) names.add(figure.name);
    const std::string header = names.add(fixed[2]).text();
    std::error_code ignored;
    if (std::filesystem::exists(path_, ignored)) read(header, configurations);
    cut_file(path_, bytes_);
    if (bytes_ == 0) append(header);
  }

  static std::array<std::string, 3> fixed_columns() { return {"configuration", "seed", "failure"}; }

  /// The run that is there, or nullptr.
  template <class = WhereCalled>
  const ExperimentRun* find(const std::string& configuration, std::uint64_t seed) const {
    const auto at = runs_.find({configuration, seed});
    return at == runs_.end() ? nullptr : &at->second;
  }

  template <class = WhereCalled>
  void append(const ExperimentRun& run) {
    CsvLine line;
    line.add(run.configuration).add(std::to_string(run.seed));
    for (std::size_t i = 0; i < figures_.size(); ++i) line.add(run.failure.empty() ? number_text(run.figures[i]) : "");
    append(line.add(run.failure).text());
  }

 private:
  using Key = std::pair<std::string, std::uint64_t>;  // configuration and seed

  void append(const std::string& text) {
    append_to_file(path_, bytes_, text);
    bytes_ += text.size();
  }

  template <class = WhereCalled>
  void read(const std::string& header, const std::vector<std::string>& configurations) {
    auto bytes = read_file(path_);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::string_view found = text.substr(0, (std::min)(text.size(), header.size()));
    if (found != header) {
      if (header.starts_with(text)) return;  // empty, or cut off in its header
      throw FileError(path_.string() + ": is not of this experiment: it begins with '" + first_line(found) +
                      "', expected '" + first_line(header) + "'");
    }
    bytes_ = text.rfind('\n') + 1;
    if (bytes_ == header.size()) return;
    bytes.resize(static_cast<std::size_t>(bytes_));
    const Table table = CsvReader(std::move(bytes), path_.string(), {}).read();
    for (std::size_t row = 0; row < table.rows(); ++row) {
      ExperimentRun run = parse(table, row, configurations);
      const Key key(run.configuration, run.seed);
      if (!runs_.emplace(key, std::move(run)).second)
        throw FileError(table.where(row, 1) + ": configuration '" + key.first + "' with seed " +
                        std::to_string(key.second) + " is there twice");
    }
  }

  template <class = WhereCalled>
  ExperimentRun parse(const Table& table, std::size_t row, const std::vector<std::string>& configurations) const {
    const auto fail = [&](std::size_t column, const std::string& expected) {
      throw FileError(table.where(row, column) + ": is '" + std::string(table.cell(row, column)) + "', expected " +
                      expected);
    };
    ExperimentRun run{.configuration = std::string(table.cell(row, 0)),
                      .failure = std::string(table.cell(row, table.columns() - 1))};
    if (std::find(configurations.begin(), configurations.end(), run.configuration) == configurations.end())
      fail(0, "a configuration of this experiment");
    const std::string_view seed = table.cell(row, 1);
    const auto read = std::from_chars(seed.data(), seed.data() + seed.size(), run.seed);
    if (read.ec != std::errc{} || read.ptr != seed.data() + seed.size()) fail(1, "a whole number");
    for (std::size_t i = 2; i < table.columns() - 1 && run.failure.empty(); ++i)
      if (parse_number(table.cell(row, i), run.figures.emplace_back()) != NumberFault::none) fail(i, "a number");
    return run;
  }

  static std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

  std::filesystem::path path_;
  std::vector<ExperimentFigure> figures_;
  std::map<Key, ExperimentRun> runs_;
  std::uint64_t bytes_ = 0;
};

}  // namespace evomlp::detail
