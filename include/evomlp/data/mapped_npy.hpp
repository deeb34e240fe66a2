// SPDX-License-Identifier: MIT
// NumPy's .npy files as a data source, read in place: for data larger than memory.
#pragma once

#include "evomlp/data/dataset.hpp"
#include "evomlp/data/load_npy.hpp"
#include "evomlp/data/mapped_file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace evomlp {

/// Two .npy files, of samples and targets, mapped into memory. The same samples as load_npy<T, Target>(x, y) gives, but
/// only the rows asked for are ever read: hand it to fit or evaluate like a Dataset. Types and shapes are checked when
/// it is made; the numbers when they are read, so NaN is found by the loss of its step. See MappedFile for a file that
/// becomes shorter. In Fortran's order the numbers of a row lie far apart: save large arrays in C's.
template <class T = float, class Target = T>
class MappedNpy {
 public:
  static constexpr bool has_labels = Dataset<T, Target>::has_labels;
  using value_type = T;
  using target_type = typename Dataset<T, Target>::target_type;

  /// Throws what load_npy throws for files that it would not read.
  MappedNpy(const std::filesystem::path& x, const std::filesystem::path& y)
      : x_file_(x),
        y_file_(y),
        x_name_(x.string()),
        y_name_(y.string()),
        x_(detail::parse_npy(x_file_.bytes(), x_name_)),
        y_(detail::parse_npy(y_file_.bytes(), y_name_)) {
    detail::require_equal_rows(size(), x_name_, y_.rows(), y_name_);
    detail::require_not_empty(size(), features(), outputs(), x_name_);
    if constexpr (has_labels) {
      detail::require_label_shape(y_, y_name_);
      detail::npy_numbers(y_, y_name_, 0, 0, static_cast<target_type*>(nullptr));  // refuses what isn't integers
    }
  }

  std::size_t size() const { return x_.rows(); }
  std::size_t features() const { return x_.columns(); }
  std::size_t outputs() const { return y_.columns(); }

  /// As Dataset::gather. Throws DataError if a row doesn't exist, or holds a number that T or a label can't.
  void gather(std::span<const std::size_t> rows, T* x_rows, target_type* y_rows) const {
    for (const std::size_t row : rows) {
      detail::require_row(row, size(), "MappedNpy::gather");
      detail::npy_numbers(x_, x_name_, row * features(), features(), x_rows);
      detail::npy_numbers(y_, y_name_, row * outputs(), outputs(), y_rows);
      x_rows += features();
      y_rows += outputs();
    }
  }

 private:
  MappedFile x_file_, y_file_;
  std::string x_name_, y_name_;
  detail::NpyView x_, y_;
};

}  // namespace evomlp
