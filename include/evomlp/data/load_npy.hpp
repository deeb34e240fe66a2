// SPDX-License-Identifier: MIT
// NumPy's .npy files: what numpy.save writes, numpy.load reads.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/read_file.hpp"
#include "evomlp/core/write_file.hpp"
#include "evomlp/data/dataset.hpp"
#include "evomlp/data/npy_array.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace evomlp {

namespace detail {

template <class T>
auto read_npy(std::span<const std::byte> bytes, const std::string& name) {
  const NpyView view = parse_npy(bytes, name);
  if constexpr (std::is_same_v<T, Labels>) {
    return npy_labels(view, name);
  } else {
    return npy_matrix<T>(view, name);
  }
}

inline void require_equal_rows(std::size_t x_rows, const std::string& x_name, std::size_t y_rows,
                               const std::string& y_name) {
  if (x_rows == y_rows) return;
  throw DataError(concat({x_name, " holds ", x_rows, " samples and ", y_name, " holds ", y_rows,
                          " targets, expected as many targets as samples"}));
}

template <class T, class Target>
Dataset<T, Target> read_npy(std::span<const std::byte> x, const std::string& x_name, std::span<const std::byte> y,
                            const std::string& y_name) {
  using Targets = std::conditional_t<Dataset<T, Target>::has_labels, Labels, T>;
  require_equal_rows(parse_npy(x, x_name).rows(), x_name, parse_npy(y, y_name).rows(), y_name);
  Dataset<T, Target> dataset{read_npy<T>(x, x_name), read_npy<Targets>(y, y_name)};
  require_shapes(dataset, x_name);
  return dataset;
}

}  // namespace detail

/// An array from a file in memory, as a (rows, columns) tensor of T: one dimension is one column, dimensions after the
/// second are laid out in the row. Elements may be bool, integers of 8 to 64 bits, float or double, of either byte
/// order, and in C's or Fortran's order. load_npy<Labels> returns n labels, from integers of shape (n) or (n, 1).
/// Throws FileError, with the offset, for a file that is malformed, truncated, too long or of another element type;
/// DataError for a number that T or a label can't hold, labels that aren't integers, several labels a row.
template <class T = float>
auto load_npy(std::span<const std::byte> bytes) {
  return detail::read_npy<T>(bytes, "load_npy: array in memory");
}

/// The same from a file. Throws FileError also if it can't be read.
template <class T = float>
auto load_npy(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  return detail::read_npy<T>(bytes, detail::path_text(path));
}

/// A dataset from two files in memory, of samples and targets: load_npy<float>(x, y) or load_npy<float, Labels>(x, y).
/// Throws DataError also if there are no samples or the files hold different numbers of them.
template <class T = float, class Target = T>
Dataset<T, Target> load_npy(std::span<const std::byte> x, std::span<const std::byte> y) {
  return detail::read_npy<T, Target>(x, "load_npy: x in memory", y, "load_npy: y in memory");
}

/// The same from two files.
template <class T = float, class Target = T>
Dataset<T, Target> load_npy(const std::filesystem::path& x, const std::filesystem::path& y) {
  const auto x_bytes = read_file(x), y_bytes = read_file(y);
  return detail::read_npy<T, Target>(x_bytes, detail::path_text(x), y_bytes, detail::path_text(y));
}

/// Writes a tensor of float, double or std::int32_t (Labels), the same bytes as numpy.save. The file is written whole
/// or not at all. Throws FileError.
template <class T, std::size_t rank, class A>
void save_npy(const std::filesystem::path& path, const xt::xtensor<T, rank, xt::layout_type::row_major, A>& tensor) {
  write_file(path, detail::npy_bytes(tensor));
}

}  // namespace evomlp
