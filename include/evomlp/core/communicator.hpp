// SPDX-License-Identifier: MIT
// Processes that work together: the Communicator concept, and the process that is alone.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <concepts>
#include <cstddef>
#include <exception>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp {

/// How the processes that train one model together, or share the runs of an experiment, reach each other. All of them
/// call the same functions in the same order.
///
/// | | |
/// | --- | --- |
/// | `int rank()`, `int size()` | this process is number rank() of size(), counted from 0 |
/// | `sum(numbers)` | replaces them (std::span of float or of double, as many in each process) by their sums over all processes, the same bits in each |
/// | `exchange(text)` | what each process gave, by rank: a std::vector of std::string |
/// | `leave(why)` | this process will not take part any more; each other one that waits for it, now or later, throws a TrainingError that says `why` |
///
/// `evomlp::Mpi` (distributed/mpi.hpp) is one. Given to fit among its extras, each step's batch is divided among the
/// processes. With sums added in the order of ranks, `size()` processes train bit for bit as one does that is given
/// `.accumulate = size()`.
///
/// A communicator may also have `scope()`, whose result is held while fit runs.
///
/// Sums that need not be waited for at once (see OverlappingCommunicator) let a step's gradients travel while the rest of
/// them is computed.
template <class C>
concept Communicator = requires(C& c, std::span<float> floats, std::span<double> doubles, const std::string& text) {
  { c.rank() } -> std::convertible_to<int>;
  { c.size() } -> std::convertible_to<int>;
  c.sum(floats);
  c.sum(doubles);
  { c.exchange(text) } -> std::same_as<std::vector<std::string>>;
  c.leave(text);
};

/// A Communicator that also has `begin_sum(numbers)`, which returns at once, and `finish_sums()`, after which all that
/// was begun is done; until then nobody touches those numbers. A `sum` in between is a sum of its own and waits for
/// itself alone. Gradients are handed over in pieces of at least `bucket_bytes()`, from the last layer to the first, as
/// soon as they are there. When a step is left by an exception, what was begun is never finished: then
/// `keep(std::shared_ptr<void>)` is given what owns those numbers.
template <class C>
concept OverlappingCommunicator =
    Communicator<C> && requires(C& c, std::span<float> floats, std::span<double> doubles) {
      c.begin_sum(floats);
      c.begin_sum(doubles);
      c.finish_sums();
      { c.bucket_bytes() } -> std::convertible_to<std::size_t>;
    };

namespace detail {

/// The process that trains alone.
struct Alone {
  static constexpr int rank() { return 0; }
  static constexpr int size() { return 1; }
  static void sum(std::span<float>) {}
  static void sum(std::span<double>) {}
  static std::vector<std::string> exchange(std::string text) { return {std::move(text)}; }
  static void leave(const std::string&) {}
};

/// Of the texts of an exchange: the first rank that gave another than rank 0; 0 if none did. The same in all processes.
inline std::size_t first_that_differs(const std::vector<std::string>& all) {
  for (std::size_t rank = 1; rank < all.size(); ++rank)
    if (all[rank] != all.front()) return rank;
  return 0;
}

/// Runs what may throw in one process alone: the others are told, unless `all_throw` says by then that they all do.
template <class C>
auto together(C& communicator, const bool& all_throw, auto run) {
  if constexpr (std::is_same_v<C, Alone>) {
    return run();
  } else {
    try {
      return run();
    } catch (const std::exception& error) {
      if (!all_throw) communicator.leave(error.what());
      throw;
    } catch (...) {
      if (!all_throw) communicator.leave("an exception that is no std::exception");
      throw;
    }
  }
}

}  // namespace detail
}  // namespace evomlp
