// SPDX-License-Identifier: MIT
// CsvLog: the epochs of a run in a file, as they come.
#pragma once

#include "evomlp/callbacks/epoch_csv.hpp"
#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/append_file.hpp"
#include "evomlp/core/error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace evomlp {

/// Writes a line to `path` after every epoch, at once, so that `tail -f` or a plot can follow the run. The columns are
/// those of History::write_csv. A new run begins a new file; a resumed one goes on after the last epoch that its
/// checkpoint knows, and what came later is cut off, so that the file is in the end that of a run never interrupted,
/// but for `seconds`. A file that can't be written, or that someone else changed meanwhile, ends fit with a FileError.
struct CsvLog {
  static constexpr bool rank_0_only = true;
  std::filesystem::path path{};

  std::uint64_t bytes = 0;  ///< written so far: what it knows in the middle of a run

  void on_begin(const BeginReport&) {
    if (path.empty()) throw TrainingError("CsvLog: path is empty, expected the name of a file");
    bytes = 0;
  }
  /// Called when a checkpoint, if there is one, has been read.
  auto scope() const {
    detail::cut_file(path, bytes);
    struct Nothing {};
    return Nothing{};
  }
  void on_epoch(const EpochReport& report) {
    const std::string text =
        bytes == 0 ? detail::csv_header(report) + detail::csv_line(report) : detail::csv_line(report);
    detail::append_to_file(path, bytes, text);
    bytes += text.size();
  }
  void remember(auto& memory) { memory("bytes", bytes); }
};

}  // namespace evomlp
