// SPDX-License-Identifier: MIT
// The runs of an experiment in a file, to go on from.
#pragma once

#include "evomlp/core/append_file.hpp"
#include "evomlp/core/csv_text.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/read_file.hpp"
#include "evomlp/data/parse_number.hpp"
#include "evomlp/experiments/experiment_report.hpp"

#include <algorithm>
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
  ExperimentFile(std::filesystem::path path, const std::vector<std::string>& configurations,
                 const std::vector<ExperimentFigure>& figures)
      : path_(std::move(path)), figures_(figures) {
    CsvLine names;
    names.add("configuration").add("seed");
    for (const ExperimentFigure& figure : figures_) names.add(figure.name);
    const std::string header = names.add("failure").text();
    std::error_code ignored;
    if (std::filesystem::exists(path_, ignored)) read(header, configurations);
    cut_file(path_, bytes_);
    if (bytes_ == 0) append(header);
  }

  /// The run that is there, or nullptr.
  const ExperimentRun* find(const std::string& configuration, std::uint64_t seed) const {
    const auto at = runs_.find({configuration, seed});
    return at == runs_.end() ? nullptr : &at->second;
  }

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

  void read(const std::string& header, const std::vector<std::string>& configurations) {
    const auto bytes = read_file(path_);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::string_view found = text.substr(0, text.find('\n') == text.npos ? text.npos : text.find('\n') + 1);
    if (found != header) {
      if (header.starts_with(found)) return;  // empty, or cut off in its header
      throw FileError(path_.string() + ": is not of this experiment: its first line is '" + without_end(found) +
                      "', expected '" + without_end(header) + "'");
    }
    std::size_t line = 1;
    for (bytes_ = header.size();; ++line) {
      const std::size_t end = text.find('\n', bytes_);
      if (end == text.npos) return;
      ExperimentRun run = parse(text.substr(bytes_, end - bytes_), line + 1, configurations);
      const Key key(run.configuration, run.seed);
      if (!runs_.emplace(key, std::move(run)).second)
        fail(line + 1, "configuration '" + key.first + "' with seed " + std::to_string(key.second) + " is there twice");
      bytes_ = end + 1;
    }
  }

  ExperimentRun parse(std::string_view text, std::size_t line, const std::vector<std::string>& configurations) const {
    const auto fields = csv_fields(text);
    if (!fields) fail(line, "a quote is out of place");
    if (fields->size() != figures_.size() + 3)
      fail(line, "has " + std::to_string(fields->size()) + " fields, expected " + std::to_string(figures_.size() + 3));
    ExperimentRun run{.configuration = fields->front(), .failure = fields->back()};
    if (std::find(configurations.begin(), configurations.end(), run.configuration) == configurations.end())
      fail(line, "there is no configuration '" + run.configuration + "' in this experiment");
    const std::string& seed = (*fields)[1];
    const auto read = std::from_chars(seed.data(), seed.data() + seed.size(), run.seed);
    if (read.ec != std::errc{} || read.ptr != seed.data() + seed.size())
      fail(line, "seed is '" + seed + "', expected a whole number");
    for (std::size_t i = 0; i < figures_.size() && run.failure.empty(); ++i) {
      const std::string& figure = (*fields)[i + 2];
      if (parse_number(figure, run.figures.emplace_back()) != NumberFault::none)
        fail(line, figures_[i].name + " is '" + figure + "', expected a number");
    }
    return run;
  }

  [[noreturn]] void fail(std::size_t line, const std::string& what) const {
    throw FileError(path_.string() + ": line " + std::to_string(line) + ": " + what);
  }
  static std::string without_end(std::string_view line) {
    return std::string(line.substr(0, (std::min)(line.find('\n'), std::size_t{200})));
  }

  std::filesystem::path path_;
  std::vector<ExperimentFigure> figures_;
  std::map<Key, ExperimentRun> runs_;
  std::uint64_t bytes_ = 0;
};

}  // namespace evomlp::detail
