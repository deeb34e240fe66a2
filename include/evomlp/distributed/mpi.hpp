// SPDX-License-Identifier: MIT
// Mpi: the processes of an MPI program as a Communicator. It needs an MPI library, and is not part of evomlp.hpp:
// find_package(evomlp COMPONENTS mpi), evomlp::mpi.
#pragma once

#include "evomlp/core/communicator.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/distributed/mpi_call.hpp"
#include "evomlp/distributed/mpi_exchange.hpp"
#include "evomlp/distributed/mpi_sum.hpp"
#include "evomlp/distributed/mpi_watch.hpp"

#include <cstddef>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace evomlp {

/// The order in which numbers of several processes are added.
enum class MpiSum {
  in_order_of_ranks,  ///< ((g0 + g1) + g2) + …: the bits of one process that accumulates in this order
  in_any_order,       ///< MPI_Iallreduce: as MPI's library thinks best, the same to rounding
};

struct MpiOptions {
  MpiSum sum = MpiSum::in_order_of_ranks;
  double timeout = 1800;           ///< seconds to wait for the others, who may be validating or writing a checkpoint
  int bucket_bytes = 1024 * 1024;  ///< gradients are sent in pieces of at least as many bytes
};

/// All processes that were started together (`mpirun -np 4 program`), as a Communicator. Make one in each, at the start of
/// main, and give it to fit:
///
///     Mpi mpi;
///     fit(model, train, loss, Adam{}, {.epochs = 10}, mpi, Checkpoint{.path = "run.ckpt"});
///
/// Where nobody has initialised MPI, it does (for calls from the thread that makes it), and finalises it at its own end;
/// MPI can be initialised once in a process. Each wait ends in one of three ways: it is over, or a TrainingError says
/// which process has left or that this one was told to end (SIGTERM, which launchers send when a process has died), or
/// it has taken longer than `.timeout`. After such an error nothing can be done together any more: further calls throw,
/// and the destructor ends the program by MPI_Abort, as soon as the others have said what happened to them and two seconds
/// later at the latest. An exception that is passing through it is said on stderr, since nobody will catch it.
///
/// Throws TrainingError if the options differ between the processes or are invalid, or MPI has been finalised.
class Mpi {
 public:
  /// Of all processes of the program.
  explicit Mpi(const MpiOptions& options = {}) : Mpi(MPI_COMM_WORLD, options, initialise(options)) {
    require_same(options);
  }

  /// Of the processes of a communicator. MPI is initialised, and is neither finalised nor aborted.
  explicit Mpi(MPI_Comm processes, const MpiOptions& options = {}) : Mpi(processes, checked(options), false) {
    require_same(options);
  }

  Mpi(const Mpi&) = delete;
  Mpi& operator=(const Mpi&) = delete;

  ~Mpi() {
    const bool ends_program = is_owner_ && parts_->watch.is_broken();
    if (ends_program && std::uncaught_exceptions() > exceptions_)
      std::fprintf(stderr, "%s\n", parts_->watch.sentence().c_str());
    if (size() == 1 || parts_->watch.end(ends_program ? 2 : 0)) {
      parts_->sums.free();
      parts_->watch.free();
      if (is_owner_) MPI_Finalize();
      return;
    }
    if (ends_program) MPI_Abort(MPI_COMM_WORLD, 1);
    [[maybe_unused]] const Parts* const in_use = parts_.release();  // by operations that will never end
  }

  int rank() const { return parts_->watch.rank(); }
  int size() const { return parts_->watch.size(); }

  /// Replaces the numbers by their sums over all processes.
  void sum(std::span<float> numbers) { sum_of(numbers); }
  void sum(std::span<double> numbers) { sum_of(numbers); }

  /// The same, but returns at once; done after finish_sums().
  void begin_sum(std::span<float> numbers) { begin_sum_of(numbers); }
  void begin_sum(std::span<double> numbers) { begin_sum_of(numbers); }
  void finish_sums() {
    parts_->watch.require_whole();
    guarded([&] { wait([&] { return parts_->sums.advance(); }); });
  }
  std::size_t bucket_bytes() const { return bucket_bytes_; }

  /// What each process gave, by rank.
  std::vector<std::string> exchange(const std::string& text) {
    if (size() == 1) return {text};
    std::vector<std::string> texts;
    together([&] {
      texts = detail::mpi_exchange(
          text, parts_->sums.single(), rank(), size(), [&](auto is_done) { wait(is_done); },
          [&](std::shared_ptr<void> owner) { parts_->sums.keep(std::move(owner)); });
    });
    return texts;
  }

  /// This process takes no part in what comes next; each other one that waits for it throws a TrainingError that says
  /// why. Where all have left at the same place, all are in step, and can begin something new.
  void leave(const std::string& why) noexcept {
    if (size() > 1) parts_->watch.leave(why, parts_->sums.is_under_way());
  }

  /// Owns numbers of sums that were begun and won't be finished, if there are any.
  void keep(std::shared_ptr<void> owner) {
    if (parts_->sums.is_under_way()) parts_->sums.keep(std::move(owner));
  }

  /// While it lives, SIGTERM makes the next wait throw.
  detail::MpiSignalScope scope() const { return detail::MpiSignalScope(size() > 1); }

 private:
  struct Parts {
    Parts(MPI_Comm processes, const MpiOptions& options)
        : watch(processes, options.timeout), sums(processes, options.sum == MpiSum::in_any_order) {}
    detail::MpiWatch watch;
    detail::MpiSums sums;
  };

  Mpi(MPI_Comm processes, const MpiOptions& options, bool is_owner)
      : is_owner_(is_owner),
        bucket_bytes_(static_cast<std::size_t>(options.bucket_bytes)),
        parts_(std::make_unique<Parts>(processes, options)) {}

  static MpiOptions checked(const MpiOptions& options) {
    if (!(options.timeout > 0))
      throw TrainingError(detail::concat({"Mpi: timeout is ", options.timeout, ", expected more than 0 seconds"}));
    detail::require_at_least("Mpi", "bucket_bytes", options.bucket_bytes, 1);
    return options;
  }

  /// True if it wasn't. After the options have been looked at: then nothing needs to be undone.
  static bool initialise(const MpiOptions& options) {
    checked(options);
    int is_over = 0, is_there = 0, level = 0;
    MPI_Finalized(&is_over);
    if (is_over != 0)
      throw TrainingError("Mpi: MPI has been finalised, and can't begin again: keep one Mpi for the whole program");
    MPI_Initialized(&is_there);
    if (is_there == 0)
      detail::mpi_call(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &level), "MPI_Init_thread");
    return is_there == 0;
  }

  /// Processes that add in different ways, or cut the gradients into different pieces, would wait for each other for ever.
  void require_same(const MpiOptions& options) {
    const auto all =
        exchange(detail::concat({options.sum == MpiSum::in_any_order ? "in_any_order" : "in_order_of_ranks",
                                 ", buckets of ", options.bucket_bytes, " bytes"}));
    if (const std::size_t r = detail::first_that_differs(all); r > 0)
      throw TrainingError(detail::concat(
          {"Mpi: rank 0 sums ", all[0], ", rank ", r, " ", all[r], ", expected the same options in all processes"}));
  }

  void wait(auto is_done) { parts_->watch.wait(is_done); }

  void guarded(auto run) {
    try {
      run();
    } catch (const detail::MpiFailure& failure) {
      parts_->watch.fail(detail::concat({"hears from MPI: ", failure.what()}));
    } catch (const std::bad_alloc&) {  // the others wait for what has begun
      parts_->watch.fail("has no memory left for a sum or an exchange");
    }
  }

  /// What all processes do in the same order.
  void together(auto run) {
    if (size() == 1) return;
    parts_->watch.begin();
    guarded(run);
  }

  template <class T>
  void sum_of(std::span<T> numbers) {
    together([&] { parts_->sums.sum(numbers, [&](auto is_done) { wait(is_done); }); });
  }
  template <class T>
  void begin_sum_of(std::span<T> numbers) {
    together([&] { parts_->sums.begin(numbers); });
  }

  bool is_owner_;
  int exceptions_ = std::uncaught_exceptions();
  std::size_t bucket_bytes_;
  std::unique_ptr<Parts> parts_;  // none of it lies where a stack will be
};

}  // namespace evomlp
