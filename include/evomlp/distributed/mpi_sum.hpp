// SPDX-License-Identifier: MIT
// Sums over all processes that return at once and go on while something else is computed.
#pragma once

#include "evomlp/distributed/mpi_call.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// One sum of at most 2^30 numbers, in place.
///
/// MPI's all-reduce may add in any order. In the order of ranks, ((g0 + g1) + g2) + …, each process gets its slice of
/// everybody's numbers, adds them up, and all slices go to all: what a good all-reduce of many numbers sends, too. (To
/// gather everybody's numbers and add them all everywhere would be one message less, and size() times the traffic.)
class RunningSum {
 public:
  template <class T>
  void begin_in_any_order(std::span<T> numbers, MPI_Comm comm) {
    stage_ = Stage::last;
    mpi_call(MPI_Iallreduce(MPI_IN_PLACE, numbers.data(), static_cast<int>(numbers.size()), mpi_type<T>(), MPI_SUM,
                            comm, &request_),
             "MPI_Iallreduce");
  }

  /// Everybody's slices come by `scatter`; the sums will go by `gather`.
  template <class T>
  void begin_in_order_of_ranks(std::span<T> numbers, MPI_Comm scatter, MPI_Comm gather, int rank, int size) {
    divide(numbers.size(), rank, size);
    staged_.resize(numbers.size_bytes() / static_cast<std::size_t>(size) * static_cast<std::size_t>(size) +
                   static_cast<std::size_t>(size) * sizeof(T));
    numbers_ = numbers.data();
    add_and_gather_ = [](RunningSum& sum) { sum.add_and_gather<T>(); };
    gather_ = gather;
    rank_ = rank;
    stage_ = Stage::first;
    mpi_call(MPI_Ialltoallv(numbers_, lengths_.data(), begins_.data(), mpi_type<T>(), staged_.data(),
                            own_lengths_.data(), own_begins_.data(), mpi_type<T>(), scatter, &request_),
             "MPI_Ialltoallv");
  }

  /// Goes on as far as it can without waiting. The second stage of sums that share a communicator has to begin in the
  /// same order everywhere: `may_gather` says that it is this one's turn.
  void advance(bool may_gather) {
    if (stage_ == Stage::first && may_gather && mpi_test(request_, "MPI_Ialltoallv")) add_and_gather_(*this);
    if (stage_ == Stage::last && mpi_test(request_, "a sum")) stage_ = Stage::done;
  }
  bool gathers() const { return stage_ != Stage::first; }
  bool is_done() const { return stage_ == Stage::done; }

 private:
  enum class Stage { first, last, done };

  void divide(std::size_t n, int rank, int size) {
    const auto all = static_cast<std::size_t>(size);
    const auto begin_of = [&](std::size_t r) { return static_cast<int>(n * r / all); };
    for (auto* counts : {&lengths_, &begins_, &own_lengths_, &own_begins_}) counts->resize(all);
    const auto own = static_cast<std::size_t>(rank);
    const int own_length = begin_of(own + 1) - begin_of(own);
    for (std::size_t r = 0; r < all; ++r) {
      begins_[r] = begin_of(r);
      lengths_[r] = begin_of(r + 1) - begins_[r];
      own_lengths_[r] = own_length;
      own_begins_[r] = static_cast<int>(r) * own_length;
    }
  }

  template <class T>
  void add_and_gather() {
    T* const all = static_cast<T*>(numbers_);
    T* const own = all + begins_[static_cast<std::size_t>(rank_)];
    const T* const staged = reinterpret_cast<const T*>(staged_.data());
    const auto n = static_cast<std::size_t>(own_lengths_.front());
    std::copy_n(staged, n, own);
    for (std::size_t r = 1; r < lengths_.size(); ++r)
      for (std::size_t i = 0; i < n; ++i) own[i] += staged[r * n + i];
    stage_ = Stage::last;
    mpi_call(MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all, lengths_.data(), begins_.data(), mpi_type<T>(),
                             gather_, &request_),
             "MPI_Iallgatherv");
  }

  Stage stage_ = Stage::done;
  MPI_Request request_ = MPI_REQUEST_NULL;
  void* numbers_ = nullptr;
  void (*add_and_gather_)(RunningSum&) = nullptr;
  MPI_Comm gather_ = MPI_COMM_NULL;
  int rank_ = 0;
  std::vector<int> lengths_, begins_;          // of each rank's slice of the numbers
  std::vector<int> own_lengths_, own_begins_;  // of what comes from each rank for this one's slice
  std::vector<std::byte> staged_;
};

/// All sums of a process: those that were begun, and beside them one at a time that is waited for.
class MpiSums {
 public:
  /// `largest`: numbers in one of MPI's calls; more are several sums.
  MpiSums(MPI_Comm like, bool in_any_order, std::size_t largest = std::size_t{1} << 30)
      : scatter_(like),
        gather_(like),
        single_(like),
        rank_(scatter_.rank()),
        size_(scatter_.size()),
        // Two numbers have the same sum in either order.
        in_any_order_(in_any_order || size_ == 2),
        largest_(largest) {}

  template <class T>
  void begin(std::span<T> numbers) {
    in_parts(numbers, [&](std::span<T> part) {
      if (begun_ == sums_.size()) sums_.push_back(std::make_unique<RunningSum>());
      start(*sums_[begun_++], part, scatter_, gather_);
    });
    advance();
  }

  /// Goes on with all that was begun; true if it is done.
  bool advance() {
    bool is_done = true, may_gather = true;
    for (std::size_t i = 0; i < begun_; ++i) {
      if (!sums_[i]->is_done()) sums_[i]->advance(may_gather);
      may_gather = may_gather && sums_[i]->gathers();
      is_done = is_done && sums_[i]->is_done();
    }
    if (is_done) begun_ = 0;
    return is_done;
  }

  /// A sum by itself; wait(is_done) has to wait. It takes place in memory of its own: when waiting throws, the caller's is
  /// soon gone, and MPI may still write.
  template <class T>
  void sum(std::span<T> numbers, auto wait) {
    in_parts(numbers, [&](std::span<T> part) {
      alone_numbers_.resize(part.size_bytes());
      std::memcpy(alone_numbers_.data(), part.data(), part.size_bytes());
      start(alone_, std::span(reinterpret_cast<T*>(alone_numbers_.data()), part.size()), single_, single_);
      wait([&] {
        advance();
        alone_.advance(true);
        return alone_.is_done();
      });
      std::memcpy(part.data(), alone_numbers_.data(), part.size_bytes());
    });
  }

  bool is_under_way() const { return begun_ > 0 || !alone_.is_done(); }

  /// What operations write to that will never end.
  void keep(std::shared_ptr<void> owner) { kept_.push_back(std::move(owner)); }

  void free() {
    for (MpiComm* comm : {&scatter_, &gather_, &single_}) comm->free();
  }

  /// For other operations that are waited for one at a time.
  MPI_Comm single() const { return single_; }

 private:
  template <class T>
  void in_parts(std::span<T> numbers, auto run) const {
    for (std::size_t i = 0; i < numbers.size(); i += largest_)
      run(numbers.subspan(i, (std::min)(largest_, numbers.size() - i)));
  }

  template <class T>
  void start(RunningSum& sum, std::span<T> numbers, MPI_Comm scatter, MPI_Comm gather) const {
    if (in_any_order_)
      sum.begin_in_any_order(numbers, scatter);
    else
      sum.begin_in_order_of_ranks(numbers, scatter, gather, rank_, size_);
  }

  MpiComm scatter_, gather_, single_;
  int rank_, size_;
  bool in_any_order_;
  std::size_t largest_;
  std::vector<std::unique_ptr<RunningSum>> sums_;  // the first begun_ are on their way, in this order
  std::size_t begun_ = 0;
  RunningSum alone_;
  std::vector<std::byte> alone_numbers_;
  std::vector<std::shared_ptr<void>> kept_;
};

}  // namespace evomlp::detail
