// SPDX-License-Identifier: MIT
// The runs of an experiment, from the CSV that run_experiments wrote.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/read_file.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/data/csv.hpp"
#include "evomlp/data/parse_number.hpp"
#include "evomlp/data/table.hpp"
#include "evomlp/experiments/experiment_report.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace evomlp {

/// What the CSV of run_experiments holds.
struct ExperimentRuns {
  ExperimentSettings settings{};
  std::vector<std::string> figures{};  ///< their names
  std::vector<ExperimentRun> runs{};   ///< in the order in which they ended
};

namespace detail {

/// The columns around the figures.
inline std::array<std::string, 3> experiment_columns() { return {"configuration", "seed", "failure"}; }

/// Lines `# key: value`, which a CSV of an experiment begins with.
class SettingLines {
 public:
  template <class = WhereCalled>
  SettingLines(std::string_view text, const std::string& source) {
    while (text.substr(bytes).starts_with('#')) {
      const std::size_t end = text.find('\n', bytes);
      if (end == std::string_view::npos) return;
      std::string_view line = text.substr(bytes, end - bytes);
      if (line.ends_with('\r')) line.remove_suffix(1);
      const std::size_t colon = line.find(": ");
      if (!line.starts_with("# ") || colon == std::string_view::npos)
        throw FileError(
            concat({source, ": line ", settings.size() + 1, ": is '", line, "', expected a setting, '# key: value'"}));
      settings.emplace_back(line.substr(2, colon - 2), line.substr(colon + 2));
      bytes = end + 1;
    }
  }

  ExperimentSettings settings{};
  std::size_t bytes = 0;  ///< of all these lines
};

/// What is below the settings: the header and whole lines.
template <class = WhereCalled>
Table experiment_table(std::string_view text, const SettingLines& above, const std::string& source,
                       const ReadCsv& options = {}) {
  // Empty lines in the settings' place are skipped, and keep the count of lines in messages right.
  std::vector<std::byte> bytes(above.settings.size(), std::byte{'\n'});
  for (const char c : text.substr(above.bytes)) bytes.push_back(static_cast<std::byte>(c));
  return CsvReader(std::move(bytes), source, options).read();
}

/// A run for each row. `may_be_empty(i)`: whether figure i may be left out.
template <class = WhereCalled>
std::vector<ExperimentRun> experiment_runs(const Table& table, const auto& may_be_empty) {
  const auto fail = [&](std::size_t row, std::size_t column, const char* expected) {
    throw FileError(concat({table.where(row, column), ": is '", table.cell(row, column), "', expected ", expected}));
  };
  std::vector<ExperimentRun> runs;
  std::set<std::pair<std::string, std::uint64_t>> known;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    ExperimentRun run{.configuration = std::string(table.cell(row, 0)),
                      .failure = std::string(table.cell(row, table.columns() - 1))};
    const std::string_view seed = table.cell(row, 1);
    const auto read = std::from_chars(seed.data(), seed.data() + seed.size(), run.seed);
    if (read.ec != std::errc{} || read.ptr != seed.data() + seed.size()) fail(row, 1, "a whole number");
    for (std::size_t i = 2; i < table.columns() - 1 && run.failure.empty(); ++i) {
      double& figure = run.figures.emplace_back(std::numeric_limits<double>::quiet_NaN());
      if (table.cell(row, i).empty() && may_be_empty(i - 2)) continue;
      if (parse_number(table.cell(row, i), figure) != NumberFault::none) fail(row, i, "a number");
    }
    if (!known.emplace(run.configuration, run.seed).second)
      throw FileError(concat(
          {table.where(row, 1), ": configuration '", run.configuration, "' with seed ", run.seed, " is there twice"}));
    runs.push_back(std::move(run));
  }
  return runs;
}

}  // namespace detail

/// Reads what run_experiments wrote to its `.csv`, finished or not: settings, the figures' names, runs. A last line
/// without an end, of a run that was cut off, is left out. Throws FileError, with line and column, for any other file.
template <class = detail::WhereCalled>
ExperimentRuns read_experiments(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  const std::string source = detail::path_text(path);
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  text = text.substr(0, text.rfind('\n') + 1);
  const detail::SettingLines above(text, source);
  const std::size_t header_end = text.find('\n', above.bytes) + 1;
  if (header_end == 0) throw FileError(source + ": is empty, expected runs of an experiment");

  const Table header = detail::experiment_table(text.substr(0, header_end), above, source, {.header = false});
  const auto fixed = detail::experiment_columns();
  const std::size_t columns = header.columns();
  if (columns < 4 || header.cell(0, 0) != fixed[0] || header.cell(0, 1) != fixed[1] ||
      header.cell(0, columns - 1) != fixed[2])
    throw FileError(detail::concat(
        {source, ": holds no runs of an experiment: its columns are not configuration, seed, figures, ", fixed[2]}));
  ExperimentRuns all{.settings = above.settings};
  for (std::size_t column = 2; column + 1 < columns; ++column) all.figures.emplace_back(header.cell(0, column));
  if (header_end < text.size())
    all.runs = detail::experiment_runs(detail::experiment_table(text, above, source), [](std::size_t) { return true; });
  return all;
}

}  // namespace evomlp
