// SPDX-License-Identifier: MIT
// From a table of text to numbers: missing values filled, numbers standardised, categories one-hot.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/data/dataset.hpp"
#include "evomlp/data/standard_scaler.hpp"
#include "evomlp/data/table.hpp"
#include "evomlp/data/table_cells.hpp"
#include "evomlp/data/table_target.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp {

/// What becomes of a category that fit did not see: all of its column's features 0, or an error.
enum class Unknown { zeros, error };

struct EncodeTable {
  std::vector<std::string> numeric = {};      ///< columns of numbers; empty: columns named nowhere go by what they hold
  std::vector<std::string> categorical = {};  ///< columns of categories, codes among them
  std::string target = {};                    ///< the column to predict
  std::vector<std::string> drop = {};         ///< columns to leave out where the kinds are decided
  Missing missing = Missing::mean;            ///< numbers; a missing category is a category of its own
  bool standardise = true;                    ///< bring numbers to mean 0 and standard deviation 1
  Unknown unknown = Unknown::zeros;
  std::vector<std::string> na = missing_cells();  ///< the cells that mean "missing"
  int max_categories = 100;                       ///< more of them in one column are an error: it may be a name
  std::string weights = {};                       ///< a column of sample weights, which is no feature; empty: none
};

/// Learns from the training part of a table how to turn its columns into features, and does it to any part:
///     TableEncoder<float, Labels> encoder({.target = "species"});     // TableEncoder encoder(...) for a target in y
///     encoder.fit(train_rows);
///     const Dataset<float, Labels> train = encoder.transform(train_rows), test = encoder.transform(test_rows);
/// The features are the numeric columns, in order, then for each categorical column one feature of 0 or 1 for each of
/// its categories, sorted. The target becomes a label for each class (in the order of classes()), or with Target = T a
/// number; a text target of two classes is then 0 and 1.
template <class T = float, class Target = T>
class TableEncoder {
 public:
  explicit TableEncoder(EncodeTable options) : options_(std::move(options)) {}

  /// Throws DataError, which names line and column, for a column that isn't there or named twice, a numeric cell that
  /// is no number (where the kinds are to be decided: also the first of a column's few among ten times as many numbers),
  /// a number missing under Missing::error, a column without any number or with more than max_categories categories, a
  /// missing target; a target of text with Target = T unless it has two classes.
  void fit(const Table& table) {
    TableEncoder fitted(options_);
    fitted.learn(table);
    *this = std::move(fitted);
  }

  /// The table's rows as a dataset; under Missing::drop_row without those in which a column in use is missing. Throws
  /// DataError as fit does, before fit, and for a class that fit did not see.
  Dataset<T, Target> transform(const Table& table) const {
    require_fitted("transform");
    if (options_.missing == Missing::drop_row) return encode(complete(table));
    return encode(table);
  }

  /// fit, then transform.
  Dataset<T, Target> fit_transform(const Table& table) {
    fit(table);
    return transform(table);
  }

  /// The features alone, one row for each of the table's: for new samples, which need no target column. Throws
  /// DataError as transform does, and for a number missing under Missing::drop_row.
  Tensor<T> features(const Table& table) const {
    require_fitted("features");
    const detail::TableCells cells(table, options_.na);
    const Tensor<double> numbers = numeric_features(cells);
    auto x = make_matrix<T>(table.rows(), feature_names_.size());
    x.fill(0);
    for (std::size_t i = 0; i < numeric_.size(); ++i) {
      const std::size_t column = table.column(numeric_[i]);
      for (std::size_t row = 0; row < table.rows(); ++row)
        x(row, i) = cells.template narrow<T>(numbers(row, i), row, column);
    }
    std::size_t first = numeric_.size();
    for (std::size_t i = 0; i < categorical_.size(); ++i) {
      const std::size_t column = table.column(categorical_[i]);
      const std::vector<std::string>& known = categories_[i];
      for (std::size_t row = 0; row < table.rows(); ++row) {
        const auto category = cells.category(row, column);
        const auto found = std::lower_bound(known.begin(), known.end(), category);
        if (found != known.end() && *found == category) {
          x(row, first + static_cast<std::size_t>(found - known.begin())) = 1;
        } else if (options_.unknown == Unknown::error) {
          cells.fail(row, column, "expected one of the categories that fit saw");
        }
      }
      first += known.size();
    }
    return x;
  }

  /// The columns of x: "age", ..., "color=red", ...; a missing category is "color=".
  const std::vector<std::string>& feature_names() const { return feature_names_; }

  /// The classes of the target, in the order of their labels: by number if all are numbers, else by their characters.
  /// Empty if the target is a number.
  const std::vector<std::string>& classes() const { return target_.classes(); }

  void remember(auto& memory) {
    memory("numeric", numeric_);
    memory("categorical", categorical_);
    memory("target_column", options_.target);
    memory("weights_column", options_.weights);
    memory("missing", options_.missing);
    memory("standardise", options_.standardise);
    memory("unknown", options_.unknown);
    memory("na", options_.na);
    memory("fill", fill_);
    memory("scaler", scaler_);
    categories_.resize(categorical_.size());
    for (std::size_t i = 0; i < categorical_.size(); ++i) memory(detail::concat({"categories.", i}), categories_[i]);
    memory("target", target_);
    const bool scaled = options_.standardise && !numeric_.empty();
    memory.require(fill_.size() == numeric_.size(), "fill", "as long as numeric");
    memory.require(scaler_.features() == (scaled ? numeric_.size() : 0), "scaler.offset", "as long as numeric");
    for (std::size_t i = 0; i < categories_.size(); ++i) {
      memory.require(std::is_sorted(categories_[i].begin(), categories_[i].end()), detail::concat({"categories.", i}),
                     "sorted");
    }
    name_features();
  }

 private:
  void learn(const Table& whole) {
    find_columns(whole);
    const Table table = options_.missing == Missing::drop_row ? complete(whole) : whole;
    if (table.rows() == 0) {
      throw DataError(
          detail::concat({table.source(), ": holds no rows", whole.rows() == 0 ? "" : " in which nothing is missing"}));
    }
    const detail::TableCells cells(table, options_.na);
    fill_.clear();
    for (const std::string& name : numeric_)
      fill_.push_back(cells.mean_or_median(table.column(name), options_.missing));
    if (options_.standardise && !numeric_.empty()) scaler_.fit(filled(cells));
    for (const std::string& name : categorical_) {
      categories_.push_back(cells.categories(table.column(name)));
      if (categories_.back().size() > static_cast<std::size_t>((std::max)(options_.max_categories, 0))) {
        throw DataError(detail::concat({table.source(), ": column \"", name, "\" has ", categories_.back().size(),
                                        " categories, expected at most ", options_.max_categories,
                                        " (.max_categories); leave it out with .drop?"}));
      }
    }
    target_.fit(cells, table.column(options_.target));
    name_features();
  }

  void find_columns(const Table& table) {
    const auto has = [](const std::vector<std::string>& names, const std::string& name) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (options_.target.empty()) throw DataError("TableEncoder: .target is empty, expected the name of a column");
    const auto twice = [](const std::string& name) {
      return DataError(detail::concat({"TableEncoder: column \"", name, "\" is named twice"}));
    };
    std::vector<std::string> taken{options_.target};
    if (options_.weights == options_.target) throw twice(options_.target);
    if (!options_.weights.empty()) taken.push_back(options_.weights);
    numeric_ = options_.numeric;
    categorical_ = options_.categorical;
    for (const auto* names : {&taken, &numeric_, &categorical_, &options_.drop}) {
      for (const std::string& name : *names) table.column(name);
    }
    if (numeric_.empty()) {
      const detail::TableCells cells(table, options_.na);
      for (std::size_t column = 0; column < table.columns(); ++column) {
        const std::string& name = table.names()[column];
        if (has(taken, name) || has(options_.categorical, name) || has(options_.drop, name)) continue;
        (cells.require_numeric_or_text(column) ? numeric_ : categorical_).push_back(name);
      }
    }
    if (numeric_.empty() && categorical_.empty()) {
      throw DataError("TableEncoder: no column is left beside the target");
    }
    for (const auto* names : {&numeric_, &categorical_}) {
      for (const std::string& name : *names) {
        if (has(taken, name) || has(options_.drop, name)) throw twice(name);
        taken.push_back(name);
      }
    }
  }

  /// The rows in which no column in use is missing.
  Table complete(const Table& table) const {
    std::vector<std::size_t> columns{table.column(options_.target)};
    if (!options_.weights.empty()) columns.push_back(table.column(options_.weights));
    for (const std::string& name : numeric_) columns.push_back(table.column(name));
    for (const std::string& name : categorical_) columns.push_back(table.column(name));
    return take_rows(table, detail::TableCells(table, options_.na).complete_rows(columns));
  }

  Tensor<double> filled(const detail::TableCells& cells) const {
    auto numbers = make_matrix<double>(cells.table().rows(), numeric_.size());
    const bool may_fill = options_.missing == Missing::mean || options_.missing == Missing::median;
    for (std::size_t i = 0; i < numeric_.size(); ++i) {
      const std::size_t column = cells.table().column(numeric_[i]);
      for (std::size_t row = 0; row < cells.table().rows(); ++row) {
        const auto value = cells.number(row, column);
        if (!value && !may_fill) cells.fail(row, column, "expected a number (.missing says what to do without one)");
        numbers(row, i) = value.value_or(fill_[i]);
      }
    }
    return numbers;
  }

  Tensor<double> numeric_features(const detail::TableCells& cells) const {
    Tensor<double> numbers = filled(cells);
    return options_.standardise && !numeric_.empty() ? scaler_.transform(numbers) : numbers;
  }

  Dataset<T, Target> encode(const Table& table) const {
    const detail::TableCells cells(table, options_.na);
    Dataset<T, Target> data{features(table), target_.transform(cells, table.column(options_.target))};
    if (!options_.weights.empty()) {
      const std::size_t column = table.column(options_.weights);
      data.weights = Dataset<T, Target>::Weights::from_shape({table.rows()});
      for (std::size_t row = 0; row < table.rows(); ++row) {
        const auto weight = cells.number(row, column);
        if (!weight || *weight < 0) cells.fail(row, column, "expected a weight of 0 or more");
        data.weights(row) = cells.template narrow<T>(*weight, row, column);
      }
    }
    return data;
  }

  void name_features() {
    feature_names_ = numeric_;
    for (std::size_t i = 0; i < categorical_.size(); ++i) {
      for (const std::string& category : categories_[i])
        feature_names_.push_back(detail::concat({categorical_[i], "=", category}));
    }
  }

  void require_fitted(const char* function) const {
    if (feature_names_.empty()) throw DataError(detail::concat({"TableEncoder::", function, ": call fit first"}));
  }

  EncodeTable options_;
  std::vector<std::string> numeric_, categorical_, feature_names_;
  std::vector<double> fill_;  // what stands for a missing number, by numeric column
  StandardScaler scaler_;
  std::vector<std::vector<std::string>> categories_;  // by categorical column
  detail::TableTarget<T, Target> target_;
};

}  // namespace evomlp
