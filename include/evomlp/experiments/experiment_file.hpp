// SPDX-License-Identifier: MIT
// The runs of an experiment in a file, to go on from.
#pragma once

#include "evomlp/core/append_file.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/csv_line.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/read_file.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/data/table.hpp"
#include "evomlp/experiments/experiment_report.hpp"
#include "evomlp/experiments/read_experiments.hpp"

#include <algorithm>
#include <array>
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

/// The names of the columns.
template <class = WhereCalled>
std::string experiment_header(const std::vector<ExperimentFigure>& figures) {
  const auto fixed = experiment_columns();
  CsvLine names;
  names.add(fixed[0]).add(fixed[1]);
  for (const ExperimentFigure& figure : figures) names.add(figure.name);
  return names.add(fixed[2]).text();
}

/// A run as a line of CSV with so many figures: a number that was left out, and all of a run that failed, are empty.
template <class = WhereCalled>
std::string experiment_line(const ExperimentRun& run, std::size_t figures) {
  CsvLine line;
  line.add(run.configuration).add(std::to_string(run.seed));
  for (std::size_t i = 0; i < figures; ++i) {
    const bool is_there = run.failure.empty() && portable::is_finite(run.figures[i]);
    line.add(is_there ? number_text(run.figures[i]) : "");
  }
  return line.add(run.failure).text();
}

/// CSV: lines `# key: value` for the settings; then configuration, seed, the figures, failure, a line for each run in
/// the order in which they ended. A last line without an end is of a run that was cut off: it is removed.
class ExperimentFile {
 public:
  /// Reads what is there. Throws FileError for a file of other settings, columns or configurations, with the line.
  template <class = WhereCalled>
  ExperimentFile(std::filesystem::path path, const std::vector<std::string>& configurations,
                 const std::vector<ExperimentFigure>& figures, const ExperimentSettings& settings = {})
      : path_(std::move(path)), figures_(figures) {
    std::string above;
    for (const auto& [key, value] : settings) above += concat({"# ", key, ": ", value, "\n"});
    const std::string header = experiment_header(figures_);
    std::error_code ignored;
    if (std::filesystem::exists(path_, ignored)) read(above, header, configurations, settings);
    cut_file(path_, bytes_);
    if (bytes_ == 0) append(above + header);
  }

  /// The run that is there, or nullptr.
  template <class = WhereCalled>
  const ExperimentRun* find(const std::string& configuration, std::uint64_t seed) const {
    const auto at = runs_.find({configuration, seed});
    return at == runs_.end() ? nullptr : &at->second;
  }

  /// All that are there.
  template <class = WhereCalled>
  std::vector<ExperimentRun> runs() const {
    std::vector<ExperimentRun> all;
    for (const auto& [key, run] : runs_) all.push_back(run);
    return all;
  }

  template <class = WhereCalled>
  void append(const ExperimentRun& run) {
    append(experiment_line(run, figures_.size()));
  }

 private:
  using Key = std::pair<std::string, std::uint64_t>;  // configuration and seed

  void append(const std::string& text) {
    append_to_file(path_, bytes_, text);
    bytes_ += text.size();
  }

  template <class = WhereCalled>
  void read(const std::string& expected_above, const std::string& header,
            const std::vector<std::string>& configurations, const ExperimentSettings& settings) {
    const auto bytes = read_file(path_);
    std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if ((expected_above + header).starts_with(text)) return;  // empty, or cut off above its first run
    const SettingLines above(text, path_text(path_));
    require_same(above.settings, settings);
    const std::string_view found = text.substr(above.bytes);
    const std::string by_editor = header.substr(0, header.size() - 1) + "\r\n";
    const bool is_by_editor = found.starts_with(by_editor);
    if (!is_by_editor && !found.starts_with(header))
      throw FileError(concat({path_text(path_), ": is not of this experiment: it begins with '", first_line(found),
                              "', expected '", first_line(header), "'"}));
    bytes_ = text.rfind('\n') + 1;
    text = text.substr(0, static_cast<std::size_t>(bytes_));
    if (text.size() == above.bytes + (is_by_editor ? by_editor : header).size()) return;
    const Table table = experiment_table(text, above, path_text(path_));
    auto runs = experiment_runs(table, [this](std::size_t figure) { return figures_[figure].optional; });
    for (std::size_t row = 0; row < runs.size(); ++row) {
      ExperimentRun& run = runs[row];
      if (std::find(configurations.begin(), configurations.end(), run.configuration) == configurations.end())
        throw FileError(concat(
            {table.where(row, 0), ": is '", run.configuration, "', expected a configuration of this experiment"}));
      const Key key(run.configuration, run.seed);
      runs_.emplace(key, std::move(run));
    }
  }

  /// In any order.
  template <class = WhereCalled>
  void require_same(const ExperimentSettings& found, const ExperimentSettings& asked) const {
    const auto value_in = [](const ExperimentSettings& settings, const std::string& key) {
      const auto at = std::find_if(settings.begin(), settings.end(), [&](const auto& one) { return one.first == key; });
      return at == settings.end() ? std::string("nothing") : concat({"'", at->second, "'"});
    };
    for (const ExperimentSettings& settings : {asked, found})
      for (const auto& [key, value] : settings)
        if (const auto [has, wanted] = std::pair(value_in(found, key), value_in(asked, key)); has != wanted)
          throw FileError(concat({path_text(path_), ": is of other settings: its '", key, "' is ", has, ", expected ",
                                  wanted, "; remove the file, or choose another"}));
  }

  static std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

  std::filesystem::path path_;
  std::vector<ExperimentFigure> figures_;
  std::map<Key, ExperimentRun> runs_;
  std::uint64_t bytes_ = 0;
};

}  // namespace evomlp::detail
