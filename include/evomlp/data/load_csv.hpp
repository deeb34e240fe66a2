// SPDX-License-Identifier: MIT
// A CSV file of numbers as a dataset, in one call.
#pragma once

#include "evomlp/data/csv.hpp"
#include "evomlp/data/dataset.hpp"
#include "evomlp/data/table_encoder.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace evomlp {

struct LoadCsv {
  std::string target = {};  ///< the column to predict; empty: the last one
  bool header = true;       ///< false: the columns are called "1", "2", ...
  char delimiter = ',';
  Missing missing = Missing::error;               ///< mean and median are those of the whole file
  std::vector<std::string> na = missing_cells();  ///< the cells that mean "missing"
  bool trim = false;                              ///< leave out spaces and tabs around cells
  std::vector<std::string> columns = {};          ///< the features, in order; empty: all columns but the target
};

/// Samples with class labels, and the classes' names in the order of the labels.
template <class T>
struct LabelledCsv {
  Dataset<T, Labels> data;
  std::vector<std::string> classes;
};

namespace detail {

template <class T, class Target>
auto numbers_of(const Table& table, const LoadCsv& options) {
  EncodeTable encode{.numeric = options.columns,
                     .target = options.target.empty() ? table.names().back() : options.target,
                     .missing = options.missing,
                     .standardise = false,
                     .na = options.na};
  if (encode.numeric.empty()) {
    encode.numeric = table.names();
    std::erase(encode.numeric, encode.target);
  }
  TableEncoder<T, Target> encoder(std::move(encode));
  auto data = encoder.fit_transform(table);
  if constexpr (Dataset<T, Target>::has_labels) {
    return LabelledCsv<T>{std::move(data), encoder.classes()};
  } else {
    return data;
  }
}

}  // namespace detail

/// Reads a table of numbers: features in x, the target in y. load_csv<T> returns a Dataset<T>; its target is a number,
/// or text of two classes, which become 0 and 1. load_csv<T, Labels> returns {data, classes}: a Dataset<T, Labels> and
/// the classes' names, label k being the k-th of them by number if all are numbers, else by their characters.
/// Nothing is scaled. For categories among the features, and for what must be learned from the training part alone, use
/// read_csv and TableEncoder. Throws what read_csv throws, and DataError that names line and column for a cell that is
/// no number or missing.
template <class T = float, class Target = T>
auto load_csv(const std::filesystem::path& path, const LoadCsv& options = {}) {
  const ReadCsv read{options.header, options.delimiter, options.trim};
  return detail::numbers_of<T, Target>(read_csv(path, read), options);
}

/// The same from memory.
template <class T = float, class Target = T>
auto load_csv(std::span<const std::byte> bytes, const LoadCsv& options = {}) {
  const ReadCsv read{options.header, options.delimiter, options.trim};
  return detail::numbers_of<T, Target>(read_csv(bytes, read), options);
}

}  // namespace evomlp
