// SPDX-License-Identifier: MIT
// NumPy's .npy files as a data source, read in place: for data larger than memory.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/data/dataset.hpp"
#include "evomlp/data/load_npy.hpp"
#include "evomlp/data/mapped_shards.hpp"
#include "evomlp/data/memory_limit.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evomlp {

namespace detail {

/// "rows of shape (28, 28) and type f4", in Python's notation.
inline std::string row_text(const NpyView& view) {
  std::string shape;
  for (std::size_t axis = 1; axis < view.shape.size(); ++axis)
    shape += concat({axis == 1 ? "" : ", ", view.shape[axis]});
  return concat({"rows of shape (", shape, view.shape.size() == 2 ? ",)" : ")", " and type ",
                 std::string_view(&view.kind, 1), view.item_size});
}

/// f(bytes) of each part of the file that holds numbers of these rows: one in C's order, one for each column in
/// Fortran's.
template <class F>
void each_part(const NpyView& view, std::size_t first, std::size_t count, F f) {
  const std::size_t columns = view.columns();
  if (!view.fortran_order)
    return f(view.elements.subspan(first * columns * view.item_size, count * columns * view.item_size));
  for (std::size_t column = 0; column < columns; ++column)
    f(view.elements.subspan((column * view.rows() + first) * view.item_size, count * view.item_size));
}

}  // namespace detail

/// Two .npy files, of samples and targets, or two lists of them, mapped into memory. The same samples as
/// load_npy<T, Target>(x, y) gives, but only the rows asked for are ever read: hand it to fit or evaluate like a
/// Dataset. Types and shapes are checked when it is made; the numbers when they are read, so NaN is found by the loss
/// of its step. See MappedFile for a file that becomes shorter. In Fortran's order the numbers of a row lie far apart:
/// save large arrays in C's.
template <class T = float, class Target = T>
class MappedNpy {
 public:
  static constexpr bool has_labels = Dataset<T, Target>::has_labels;
  using value_type = T;
  using target_type = typename Dataset<T, Target>::target_type;

  /// A path each, or a list of paths each: `MappedNpy<float> data({"x0.npy", "x1.npy"}, {"y0.npy", "y1.npy"})`. The
  /// rows of a list are those of its files, one file after another. Some files may be empty, and the targets cut in
  /// another way than the samples; lists of the same length must agree file by file. Throws what load_npy throws for
  /// files that it would not read, and DataError for an empty list or a file whose rows have another shape or type than
  /// those of the first.
  MappedNpy(const detail::Paths& x, const detail::Paths& y, const MappedOptions& options = {})
      : limit_(options.memory == 0 ? nullptr : std::make_unique<detail::MemoryLimit>(options.memory)),
        x_(x, "MappedNpy: x", limit_.get(), parse),
        y_(y, "MappedNpy: y", limit_.get(), parse) {
    x_.pair_with(y_, detail::require_equal_rows);
    detail::require_not_empty(size(), features(), outputs(), x_.name());
    if constexpr (has_labels) {
      detail::require_label_shape(y_.first_view(), y_.name());
      // Refuses what isn't integers.
      detail::npy_numbers(y_.first_view(), y_.name(), 0, 0, static_cast<target_type*>(nullptr));
    }
  }

  std::size_t size() const { return x_.rows(); }
  std::size_t features() const { return x_.first_view().columns(); }
  std::size_t outputs() const { return y_.first_view().columns(); }

  /// As Dataset::gather. Throws DataError if a row doesn't exist, or holds a number that T or a label can't.
  void gather(std::span<const std::size_t> rows, T* x_rows, target_type* y_rows) const {
    const std::size_t width = features(), targets = outputs();
    for (const std::size_t row : rows) {
      detail::require_row(row, size(), "MappedNpy::gather");
      read(x_.at(row), width, x_rows);
      read(y_.at(row), targets, y_rows);
      x_rows += width;
      y_rows += targets;
    }
  }

  /// Begins to read rows that will soon be asked for, and doesn't wait for them.
  void prefetch(std::size_t first, std::size_t count) const {
    x_.prefetch(first, count);
    y_.prefetch(first, count);
  }

 private:
  static detail::NpyView parse(std::span<const std::byte> bytes, const std::string& name) {
    return detail::parse_npy(bytes, name);
  }
  static void read(const detail::Shards<detail::NpyView>::Place& place, std::size_t numbers, auto* to) {
    detail::npy_numbers(place.view, place.name, place.row * numbers, numbers, to);
  }

  std::unique_ptr<detail::MemoryLimit> limit_;
  detail::Shards<detail::NpyView> x_, y_;
};

}  // namespace evomlp
