// SPDX-License-Identifier: MIT
// Comma-separated values, RFC 4180: cells in quotes hold anything, a quote in them is written twice. UTF-8.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/read_file.hpp"
#include "evomlp/core/utf8.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/data/table.hpp"

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp {

struct ReadCsv {
  bool header = true;    ///< the first row names the columns; false: they are called "1", "2", ...
  char delimiter = ',';  ///< between cells: ';' or '\t' are common too
  bool trim = false;     ///< leave out spaces and tabs around cells (but not inside quotes)
};

namespace detail {

class CsvReader {
 public:
  template <class = WhereCalled>
  CsvReader(std::vector<std::byte> bytes, std::string source, const ReadCsv& options)
      : bytes_(std::make_shared<std::vector<std::byte>>(std::move(bytes))),
        source_(std::move(source)),
        options_(options),
        at_(reinterpret_cast<char*>(bytes_->data())),
        end_(at_ + bytes_->size()) {
    const char d = options.delimiter;
    if (d == '\0' || d == '"' || d == '\r' || d == '\n' || static_cast<unsigned char>(d) > 127) {
      throw DataError(concat({"read_csv: the delimiter is character number ", static_cast<unsigned char>(d),
                              ", expected an ASCII character other than a quote, a line's end and NUL"}));
    }
    for (const char stop : {d, '\r', '\n', '"', '\0'}) stops_[static_cast<unsigned char>(stop)] = true;
  }

  template <class = WhereCalled>
  Table read() {
    skip_mark();
    read_names();
    while (skip_empty_lines(), at_ != end_) {
      lines_.push_back(line_);
      read_row();
    }
    if (lines_.empty())
      throw DataError(concat({source_, ": holds no rows", options_.header ? " after the header" : ""}));
    return {source_, std::move(names_), bytes_, std::move(cells_), std::move(lines_)};
  }

 private:
  [[noreturn]] void fail(std::size_t column, const std::string& message) const { fail(line_, column, message); }
  [[noreturn]] void fail(std::size_t line, std::size_t column, const std::string& message) const {
    const std::string name = column < names_.size() ? concat({" (\"", names_[column], "\")"}) : "";
    throw FileError(concat({source_, ": line ", line, ", column ", column + 1, name, ": ", message}));
  }

  void skip_mark() {
    const std::string_view text(at_, static_cast<std::size_t>(end_ - at_));
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
      throw FileError(source_ + ": is UTF-16, expected UTF-8");
    }
    if (text.starts_with("\x1F\x8B")) {
      throw FileError(source_ + ": is compressed with gzip; include <evomlp/io/gzip.hpp> and pass read_gzip(path)");
    }
    if (text.starts_with("\xEF\xBB\xBF")) at_ += 3;
  }

  /// An empty line is an empty cell where there is one column, else nothing.
  void skip_empty_lines() {
    while (names_.size() != 1 && at_ != end_) {
      if (*at_ == '\n') {
        at_ += 1;
      } else if (*at_ == '\r' && at_ + 1 != end_ && at_[1] == '\n') {
        at_ += 2;
      } else {
        return;
      }
      ++line_;
    }
  }

  template <class = WhereCalled>
  void read_names() {
    skip_empty_lines();
    if (at_ == end_) throw FileError(concat({source_, ": is empty", options_.header ? ", expected a header" : ""}));
    const std::size_t line = line_;
    std::vector<std::string> names;
    bool more = true;
    for (std::size_t column = 0; more; ++column) {
      const std::string_view cell = read_cell(column, more);
      names.push_back(options_.header ? std::string(cell) : std::to_string(column + 1));
      if (!options_.header) cells_.push_back(cell);
    }
    if (const auto [column, first] = first_repeated(names); column < names.size())
      fail(line, column, concat({"has the name \"", names[column], "\" of column ", first + 1}));
    names_ = std::move(names);
    if (!options_.header) lines_.push_back(line);
  }

  template <class = WhereCalled>
  void read_row() {
    const std::size_t line = line_;
    bool more = true;
    for (std::size_t column = 0; more; ++column) {
      if (column == names_.size()) {
        fail(line, column, concat({"one cell too many, expected ", names_.size(), " cells in every row"}));
      }
      cells_.push_back(read_cell(column, more));
      if (!more && column + 1 < names_.size()) {
        fail(line, column, concat({"the row ends here, after ", column + 1, " of ", names_.size(), " cells"}));
      }
    }
  }

  /// One cell and what ends it; `more`: a delimiter, so there is a next one in this row.
  std::string_view read_cell(std::size_t column, bool& more) {
    if (options_.trim) {
      while (at_ != end_ && is_blank(*at_)) ++at_;
    }
    std::string_view cell = at_ != end_ && *at_ == '"' ? read_quoted(column) : read_plain(column);
    if (!is_utf8(cell)) fail(column, "is not UTF-8");
    more = at_ != end_ && *at_ == options_.delimiter;
    if (more) {
      ++at_;
    } else if (at_ != end_) {  // a line's end: read_plain and read_quoted stop nowhere else
      at_ += *at_ == '\r' ? 2 : 1;
      ++line_;
    }
    return cell;
  }

  bool is_blank(char c) const { return (c == ' ' || c == '\t') && c != options_.delimiter; }

  void require_end_of_cell(std::size_t column) const {
    if (at_ == end_ || *at_ == options_.delimiter || *at_ == '\n') return;
    if (*at_ == '\r' && at_ + 1 != end_ && at_[1] == '\n') return;
    switch (*at_) {
      case '\0': fail(column, "holds a NUL byte; is this a text file?");
      case '\r': fail(column, "holds a carriage return that no line feed follows");
      case '"':
        fail(column, "a quote in a cell that doesn't begin with one; put the cell in quotes and write it twice");
      default: fail(column, "goes on after its closing quote");
    }
  }

  std::string_view read_plain(std::size_t column) {
    const char* const first = at_;
    while (at_ != end_ && !stops_[static_cast<unsigned char>(*at_)]) ++at_;
    require_end_of_cell(column);
    const char* last = at_;
    if (options_.trim) {
      while (last != first && is_blank(last[-1])) --last;
    }
    return {first, static_cast<std::size_t>(last - first)};
  }

  /// A doubled quote becomes one by moving the rest of the cell to the front, in place.
  std::string_view read_quoted(std::size_t column) {
    const std::size_t line = line_;
    char* const first = ++at_;
    char* to = first;
    for (;; ++at_) {
      if (at_ == end_) fail(line, column, "the quote that opens here is never closed");
      if (*at_ == '\0') fail(column, "holds a NUL byte; is this a text file?");
      if (*at_ == '"') {
        if (at_ + 1 == end_ || at_[1] != '"') break;
        ++at_;
      } else if (*at_ == '\n') {
        ++line_;
      }
      *to++ = *at_;
    }
    ++at_;
    if (options_.trim) {
      while (at_ != end_ && is_blank(*at_)) ++at_;
    }
    if (at_ != end_ && *at_ == '"') fail(column, "goes on after its closing quote");
    require_end_of_cell(column);
    return {first, static_cast<std::size_t>(to - first)};
  }

  std::shared_ptr<std::vector<std::byte>> bytes_;
  std::string source_;
  ReadCsv options_;
  char* at_;
  char* end_;
  std::array<bool, 256> stops_{};
  std::size_t line_ = 1;
  std::vector<std::string> names_;
  std::vector<std::string_view> cells_;
  std::vector<std::size_t> lines_;
};

}  // namespace detail

/// Reads a table from a file. Lines end with LF or CR LF; cells in quotes may hold delimiters, quotes written twice and
/// line breaks; a byte order mark and empty lines are skipped (in a table of one column, an empty line is an empty
/// cell). Throws FileError, with line and column counted from 1, for rows of different lengths, a quote out of place or
/// never closed, a NUL, a lone carriage return, what is not UTF-8, and two columns of one name; FileError for an empty
/// file, DataError for a header without rows.
template <class = detail::WhereCalled>
Table read_csv(const std::filesystem::path& path, const ReadCsv& options = {}) {
  return detail::CsvReader(read_file(path), detail::path_text(path), options).read();
}

/// The same from memory; the text is copied once.
template <class = detail::WhereCalled>
Table read_csv(std::span<const std::byte> bytes, const ReadCsv& options = {}) {
  return detail::CsvReader({bytes.begin(), bytes.end()}, "read_csv: table in memory", options).read();
}

}  // namespace evomlp
