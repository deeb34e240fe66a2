// SPDX-License-Identifier: MIT
// What a lesion study found.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/text_table.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/core/write_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace evomlp {

/// A network with something deleted or swapped, and how well it does.
struct Lesion {
  enum class Kind { none, deleted, swapped };

  Kind kind = Kind::none;
  int count = 0;                       ///< units deleted, or swaps made
  std::vector<std::size_t> deleted{};  ///< which units
  std::vector<std::size_t> order{};    ///< [i]: which unit runs in the place of unit i
  double kendall_tau = 1;              ///< of the order: 1 unchanged, −1 reversed
  double loss = 0;
  double accuracy = std::numeric_limits<double>::quiet_NaN();  ///< NaN where the loss has none

  /// The accuracy, or the loss where it has none.
  double result() const { return accuracy == accuracy ? accuracy : loss; }
};

/// All lesions of one kind and count.
struct LesionSummary {
  int runs = 0;
  double mean = 0, lowest = 0, highest = 0;  ///< of result()
  double mean_kendall_tau = 1;
};

/// What lesion_study returns.
struct LesionStudy {
  std::vector<std::string> units{};  ///< what was deleted: "2.0", "2.0..2.1"
  std::vector<Lesion> lesions{};     ///< the whole network, then each unit alone, then the others in the options' order

  const Lesion& whole() const { return lesions.front(); }

  /// Throws Error where there is none of that kind and count.
  template <class = detail::WhereCalled>
  LesionSummary summary(Lesion::Kind kind, int count) const {
    LesionSummary sum{.mean_kendall_tau = 0};
    for (const Lesion& one : lesions) {
      if (one.kind != kind || one.count != count) continue;
      const double result = one.result();
      sum.lowest = sum.runs == 0 ? result : (std::min)(sum.lowest, result);
      sum.highest = sum.runs == 0 ? result : (std::max)(sum.highest, result);
      sum.mean += result;
      sum.mean_kendall_tau += one.kendall_tau;
      ++sum.runs;
    }
    if (sum.runs == 0) throw Error(detail::concat({"LesionStudy: no lesion with ", count, " ", name_of(kind)}));
    sum.mean /= sum.runs;
    sum.mean_kendall_tau /= sum.runs;
    return sum;
  }

  /// A line for the whole network, one for each unit deleted alone, and one for each count.
  template <class = detail::WhereCalled>
  std::string to_string() const {
    const auto number = [](double value) { return detail::number_text(value, 4); };
    const bool has_accuracy = whole().accuracy == whole().accuracy;
    TextTable table({"lesion", "runs", has_accuracy ? "accuracy" : "loss", "lowest", "highest", "kendall_tau"}, 1);
    const auto add = [&](std::string name, const LesionSummary& of) {
      table.add({std::move(name), std::to_string(of.runs), number(of.mean), number(of.lowest), number(of.highest),
                 number(of.mean_kendall_tau)});
    };
    for (std::size_t i = 0; i < lesions.size(); ++i) {
      const Lesion& one = lesions[i];
      const bool seen = std::any_of(lesions.begin(), lesions.begin() + static_cast<std::ptrdiff_t>(i),
                                    [&](const Lesion& o) { return o.kind == one.kind && o.count == one.count; });
      const double result = one.result();
      if (one.kind == Lesion::Kind::none) add("none", {1, result, result, result});
      if (one.deleted.size() == 1) add(units[one.deleted.front()] + " deleted", {1, result, result, result});
      const bool last_single = one.deleted.size() == 1 && one.deleted.front() + 1 == units.size();
      if (last_single || (!seen && one.count > 0 && one.deleted.size() != 1))
        add(detail::concat({one.count, " ", name_of(one.kind)}), summary(one.kind, one.count));
    }
    return table.text();
  }
  template <class = detail::WhereCalled>
  void print(std::FILE* to = stdout) const {
    std::fputs(to_string().c_str(), to);
  }

  /// A line for each lesion: kind, count, units (those deleted, or all in the order in which they ran), kendall_tau,
  /// loss, accuracy (empty where the loss has none). Written whole or not at all; throws FileError.
  template <class = detail::WhereCalled>
  void write_csv(const std::filesystem::path& path) const {
    TextTable table({"kind", "count", "units", "kendall_tau", "loss", "accuracy"}, 0);
    for (const Lesion& one : lesions) {
      std::string names;
      for (const std::size_t unit : one.kind == Lesion::Kind::swapped ? one.order : one.deleted)
        names += (names.empty() ? "" : " ") + units[unit];
      table.add({name_of(one.kind), std::to_string(one.count), names, detail::number_text(one.kendall_tau),
                 detail::number_text(one.loss), one.accuracy == one.accuracy ? detail::number_text(one.accuracy) : ""});
    }
    write_file(path, table.csv());
  }

 private:
  static const char* name_of(Lesion::Kind kind) {
    return kind == Lesion::Kind::none ? "none" : kind == Lesion::Kind::deleted ? "deleted" : "swapped";
  }
};

}  // namespace evomlp
