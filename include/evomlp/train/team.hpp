// SPDX-License-Identifier: MIT
// fit as one of several processes: what they must agree on.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/communicator.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/train/batch_part.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// What each process hands in for comparison: names and values, a line each.
class Lines {
 public:
  void operator()(std::string_view name, const auto& value, const auto&... /*what older files mean*/) {
    if constexpr (std::is_convertible_v<decltype(value), std::string_view>) add(name, std::string(value));
    else if constexpr (std::is_floating_point_v<std::remove_cvref_t<decltype(value)>>) add(name, number_text(value));
    else add(name, std::to_string(value));
  }
  std::string text() && { return std::move(text_); }

 private:
  void add(std::string_view name, const std::string& value) { text_ += concat({name, ": ", value, "\n"}); }

  std::string text_;
};

/// The first line that differs, as a sentence; empty if none does.
template <class = WhereCalled>
std::string first_difference(std::string_view of_rank_0, std::string_view of_other, std::size_t rank) {
  while (!of_rank_0.empty() || !of_other.empty()) {
    const auto line = [](std::string_view& text) {
      const std::size_t end = (std::min)(text.find('\n'), text.size());
      const std::string_view first = text.substr(0, end);
      text.remove_prefix((std::min)(end + 1, text.size()));
      return std::string(first);
    };
    const std::string expected = line(of_rank_0), got = line(of_other);
    if (expected != got) return concat({"fit: rank ", rank, " has ", got, ", rank 0 has ", expected});
  }
  return "";
}

/// A metric whose sums several processes can put together.
template <class M>
concept Reducible = requires(M metric) { metric.reduce([](auto&...) {}); };

template <class C>
class Team {
 public:
  explicit Team(C& communicator) : communicator_(communicator) {}

  static constexpr bool is_alone = std::is_same_v<C, Alone>;
  using Processes = C;
  C& communicator() { return communicator_; }
  int rank() const { return communicator_.rank(); }
  std::size_t size() const { return static_cast<std::size_t>(communicator_.size()); }
  bool is_first() const { return communicator_.rank() == 0; }

  /// Runs what may throw in one process alone: the others are told.
  template <class Run>
  auto together(Run run) {
    [[maybe_unused]] const auto scope = [&] {
      if constexpr (requires { communicator_.scope(); }) return communicator_.scope();
      else return 0;
    }();
    return detail::together(communicator_, agreed_, run);
  }
  /// From here on all processes throw the same exception, so that nobody has to be told.
  void agree() { agreed_ = true; }

  /// Throws TrainingError, in all processes, unless all gave the same lines.
  void require_same(Lines lines) {
    const std::vector<std::string> all = communicator_.exchange(std::move(lines).text());
    if (const std::size_t rank = first_that_differs(all); rank > 0) {
      agree();
      throw TrainingError(first_difference(all.front(), all[rank], rank));
    }
  }

  /// Throws TrainingError, in all processes, where one has come to other weights than rank 0.
  template <class Model>
  void require_same_weights(const Model& model, int epoch) {
    const auto hash = [](auto numbers) {
      const auto bytes = std::as_bytes(numbers);
      return std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    };
    const auto all = communicator_.exchange(concat({hash(model.parameters()), " ", hash(model.buffers())}));
    if (const std::size_t rank = first_that_differs(all); rank > 0) {
      agree();
      throw TrainingError(
          concat({"fit: after epoch ", epoch + 1, " rank ", rank,
                  " has other weights than rank 0: the rule has other settings there, ",
                  "a callback changes the model in one process alone, or the processors differ"}));
    }
  }

  /// Memory of sums that were begun and will not be finished.
  template <class... Owners>
  void keep(Owners&&... owners) {
    if constexpr (requires { communicator_.keep(std::shared_ptr<void>()); })
      communicator_.keep(std::make_shared<std::tuple<Owners...>>(std::forward<Owners>(owners)...));
  }

  bool first_says(bool own) {
    if constexpr (is_alone) return own;
    else return communicator_.exchange(own ? "yes" : "no").front() == "yes";
  }
  /// Everyone gets the numbers of rank 0.
  template <class T>
  void share(std::span<T> numbers) {
    if (size() == 1 || numbers.empty()) return;
    std::string bytes;
    if (is_first()) bytes.assign(reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes());
    bytes = std::move(communicator_.exchange(std::move(bytes)).front());
    std::memcpy(numbers.data(), bytes.data(), numbers.size_bytes());
  }
  /// Everyone gets the bytes of rank 0, the only one who reads them.
  std::vector<std::byte> share(auto read) {
    if (size() == 1) return read();
    std::string bytes;
    if (is_first()) {
      const auto own = read();
      bytes.assign(reinterpret_cast<const char*>(own.data()), own.size());
    }
    bytes = std::move(communicator_.exchange(std::move(bytes)).front());
    const auto* const first = reinterpret_cast<const std::byte*>(bytes.data());
    return {first, first + bytes.size()};
  }

  /// The rows of `size` that this process evaluates; all of them where the sums of one metric can't be put together, or
  /// where somebody would have none.
  template <class... Ms>
  RowRange share_of(std::size_t rows) const {
    if (!divides<Ms...>(rows)) return {0, rows};
    return part_of(rows, static_cast<std::size_t>(communicator_.rank()), size());
  }
  /// For evaluate_rows.
  auto reducer(std::size_t rows) {
    return [this, rows]<class... Ms>([[maybe_unused]] std::span<double> sums, [[maybe_unused]] Ms&... metrics) {
      if constexpr (!is_alone && (Reducible<Ms> && ...)) {
        if (!divides<Ms...>(rows)) return;
        communicator_.sum(sums);
        [[maybe_unused]] const auto over_all = [&](auto&... values) { sum_values(values...); };
        (metrics.reduce(over_all), ...);
      }
    };
  }

  /// The stops that callbacks ask for, counted by reason. Summed over the processes with the loss of a step.
  std::span<double> votes() { return is_alone ? std::span<double>() : votes_; }
  /// Replaces this process's own wish by what all processes agreed on in the last step's sum: of the reasons given there,
  /// the weightiest. With `now`, today's wishes are summed at once, too.
  void settle(Requests& requests, bool now) {
    const std::optional<StopReason> asked = std::exchange(requests.stop, std::nullopt);
    if (asked) message_ = std::move(requests.stop_message);
    const FitHandle agreed(requests);
    const auto count = [&] {
      for (std::size_t reason = 1; reason < votes_.size(); ++reason)
        if (votes_[reason] > 0) agreed.stop(static_cast<StopReason>(reason), message_);
      votes_.fill(0);
    };
    if (!now) count();
    if (asked) votes_[static_cast<std::size_t>(*asked)] = 1;
    if (!now) return;
    communicator_.sum(votes());
    count();
  }

 private:
  template <class... Ms>
  bool divides(std::size_t rows) const {
    return size() > 1 && rows >= size() && (Reducible<Ms> && ...);
  }

  void sum_values(auto&... values) {
    std::vector<double> all;
    const auto put = [&](const auto& value) {
      if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>) all.push_back(static_cast<double>(value));
      else
        for (const auto& one : value) all.push_back(static_cast<double>(one));
    };
    (put(values), ...);
    require_same_length(all.size());
    communicator_.sum(std::span<double>(all));
    auto from = all.begin();
    const auto get = [&]<class V>(V& value) {
      if constexpr (std::is_arithmetic_v<V>) value = static_cast<V>(*from++);
      else
        for (auto& one : value) one = static_cast<std::remove_cvref_t<decltype(one)>>(*from++);
    };
    (get(values), ...);
  }

  void require_same_length(std::size_t length) {
    const auto all = communicator_.exchange(std::to_string(length));
    if (const std::size_t rank = first_that_differs(all); rank > 0) {
      agree();
      throw TrainingError(concat({"fit: the reduce of a metric hands over ", all[rank], " numbers in rank ", rank, ", ",
                                  all.front(), " in rank 0, expected as many in each"}));
    }
  }

  C& communicator_;
  bool agreed_ = false;
  std::array<double, 6> votes_{};  // by StopReason
  std::string message_;
};

}  // namespace evomlp::detail
