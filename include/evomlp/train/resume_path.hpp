// SPDX-License-Identifier: MIT
// ResumePath: the checkpoint that fit goes on from.
#pragma once

#include "evomlp/core/read_file.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/train/checkpoint_file.hpp"

#include <concepts>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace evomlp {

namespace detail {

/// What it takes to read a checkpoint.
struct CheckpointReader {
  std::vector<std::byte> (*read)(const std::filesystem::path&);
  void (*restore)(std::span<const std::byte> bytes, const std::string& name, const Remembered& thing);
};
template <class = WhereCalled>
inline constexpr CheckpointReader checkpoint_reader{&read_file, &restore_run<>};

}  // namespace detail

/// The path of a checkpoint, made from whatever a std::filesystem::path is made from; empty: none.
///
/// Whoever makes one brings along what reads it, a third of the machine code of a program with `fit`. With a mere path fit
/// would have to bring it to all.
class ResumePath {
 public:
  ResumePath() = default;
  template <std::convertible_to<std::filesystem::path> Path>
  ResumePath(const Path& path) : path_(path), reader_(&detail::checkpoint_reader<>) {}

  bool empty() const { return path_.empty(); }
  const std::filesystem::path& path() const { return path_; }
  /// nullptr where no path was given.
  const detail::CheckpointReader* reader() const { return reader_; }

 private:
  std::filesystem::path path_;
  const detail::CheckpointReader* reader_ = nullptr;
};

}  // namespace evomlp
