// SPDX-License-Identifier: MIT
// Samples, or targets, in several mapped files: what MappedNpy and MappedIdx share.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/data/mapped_file.hpp"
#include "evomlp/data/memory_limit.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace evomlp {

struct MappedOptions {
  /// Bytes of the files that may be in this process's memory at a time, beside one sample; 0: as many as the system
  /// gives. Counted in pieces of 64 KiB.
  std::size_t memory = 0;
};

namespace detail {

/// One path or a list of them. (A std::vector alone would not do: `{"a.npy", "b.npy"}` is also a std::filesystem::path,
/// made of two iterators.)
class Paths {
 public:
  template <class P>
    requires std::convertible_to<const P&, std::filesystem::path>
  Paths(const P& path) : paths_{path} {}
  Paths(std::initializer_list<std::filesystem::path> paths) : paths_(paths) {}
  Paths(std::vector<std::filesystem::path> paths) : paths_(std::move(paths)) {}

  const std::vector<std::filesystem::path>& list() const { return paths_; }

 private:
  std::vector<std::filesystem::path> paths_;
};

/// Arrays in files, whose rows count as one array's: those of the first file, then those of the second, … Of a `View`
/// it needs rows(), and beside it row_text(view), what all files must agree in, and each_part(view, first, count, f),
/// which calls f with the bytes that hold these rows.
template <class View>
class Shards {
  struct Shard {
    MappedFile file;
    std::string name;
    View view;
    std::size_t begin;   // its first row, among all
    std::size_t number;  // for the limit
  };

 public:
  /// `parse(bytes, name)` returns a View. `limit` may be null, and must stay where it is.
  Shards(const Paths& paths, const char* what, MemoryLimit* limit, auto parse) : limit_(limit) {
    if (paths.list().empty()) throw DataError(concat({what, ": got an empty list of files, expected at least one"}));
    shards_.reserve(paths.list().size());
    for (const auto& path : paths.list()) {
      MappedFile file(path);
      std::string name = path_text(path);
      View view = parse(file.bytes(), name);
      if (!shards_.empty() && row_text(view) != row_text(shards_[0].view))
        throw DataError(concat(
            {name, ": holds ", row_text(view), ", expected ", row_text(shards_[0].view), " as in ", shards_[0].name}));
      const std::size_t number = limit == nullptr ? 0 : limit->add(file.bytes());
      shards_.push_back({std::move(file), std::move(name), std::move(view), rows_, number});
      rows_ += shards_.back().view.rows();
    }
  }

  std::size_t rows() const { return rows_; }
  const View& first_view() const { return shards_[0].view; }
  std::string name() const {
    return shards_[0].name + (shards_.size() == 1 ? "" : concat({" (and ", shards_.size() - 1, " more)"}));
  }

  struct Place {
    const View& view;
    const std::string& name;
    std::size_t row;  // in its file
  };

  /// Where a row lies that is about to be read.
  Place at(std::size_t row) const {
    const Shard& shard = *of(row);
    if (limit_ != nullptr)
      each_part(shard.view, row - shard.begin, 1, [&](auto bytes) { limit_->touch(shard.number, bytes); });
    return {shard.view, shard.name, row - shard.begin};
  }

  void prefetch(std::size_t first, std::size_t count) const {
    if (first >= rows_) return;
    for (auto shard = of(first); count > 0 && shard != shards_.end(); ++shard) {
      const std::size_t row = first - shard->begin, here = (std::min)(count, shard->view.rows() - row);
      if (here > 0) each_part(shard->view, row, here, [](auto bytes) { read_ahead(bytes); });
      first += here;
      count -= here;
    }
  }

  /// check(rows, name, rows, name) of the two lists' files one by one, where there are equally many, and of all.
  void pair_with(const Shards& other, auto check) const {
    if (shards_.size() == other.shards_.size())
      for (std::size_t i = 0; i < shards_.size(); ++i)
        check(shards_[i].view.rows(), shards_[i].name, other.shards_[i].view.rows(), other.shards_[i].name);
    check(rows(), name(), other.rows(), other.name());
  }

 private:
  /// The last file that begins at the row or before it: not an empty one.
  auto of(std::size_t row) const {
    return std::upper_bound(shards_.begin(), shards_.end(), row,
                            [](std::size_t wanted, const Shard& shard) { return wanted < shard.begin; }) -
           1;
  }

  MemoryLimit* limit_;
  std::vector<Shard> shards_;
  std::size_t rows_ = 0;
};

}  // namespace detail
}  // namespace evomlp
