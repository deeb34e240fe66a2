// SPDX-License-Identifier: MIT
// What fit tells its callbacks, and what they may ask of it.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/where_called.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp {

/// Why fit ended. The numbers are in checkpoints: never change one, only add.
enum class StopReason {
  all_epochs_done = 0,
  not_finite = 1,      ///< a loss or a parameter: no weights of such an epoch are kept
  early_stopping = 2,  ///< EarlyStopping saw no improvement
  time_limit = 3,      ///< TimeLimit is over
  interrupted = 4,     ///< StopOnInterrupt saw a signal
  requested = 5,       ///< a callback of the user's asked
};

constexpr std::string_view to_string(StopReason reason) {
  switch (reason) {
    case StopReason::all_epochs_done: return "all epochs done";
    case StopReason::not_finite: return "a loss or a parameter was not finite";
    case StopReason::early_stopping: return "no improvement for too long";
    case StopReason::time_limit: return "the time limit is over";
    case StopReason::interrupted: return "interrupted";
    case StopReason::requested: return "a callback asked to stop";
  }
  return "";
}

namespace detail {

class Remembered;

/// What callbacks asked for during one report; fit does it when all of them have been told.
struct Requests {
  std::optional<StopReason> stop;  // the weightiest reason, the first of equals
  std::string stop_message;
  std::vector<std::filesystem::path> checkpoints;
  void (*record)(const std::filesystem::path&, const Remembered&) = nullptr;  // there if any are
};

}  // namespace detail

/// How a callback talks back: `report.fit.stop()`, `report.fit.save_checkpoint("run.ckpt")`. Both happen after every
/// callback has been told, so that a checkpoint holds what all of them know.
class FitHandle {
 public:
  FitHandle() = default;
  explicit FitHandle(detail::Requests& requests) : requests_(&requests) {}

  /// Ends training after this step or epoch. Of several reasons not_finite counts before early_stopping, and that before
  /// the others, since a run that ended so doesn't go on from its checkpoint; else the first.
  void stop(StopReason reason = StopReason::requested, std::string message = {}) const {
    if (reason == StopReason::all_epochs_done) reason = StopReason::requested;
    const auto weight = [](StopReason r) {
      return r == StopReason::not_finite ? 2 : r == StopReason::early_stopping ? 1 : 0;
    };
    if (!requests_ || (requests_->stop && weight(*requests_->stop) >= weight(reason))) return;
    requests_->stop = reason;
    requests_->stop_message = std::move(message);
  }

  /// Writes all that `fit(…, {.resume = path})` needs to go on from here.
  /// (Defined in train/checkpoint_file.hpp: a program has what writes a file if a callback calls this.)
  template <class = detail::WhereCalled>
  void save_checkpoint(std::filesystem::path path) const;

 private:
  detail::Requests* requests_ = nullptr;  // none in a report that no fit has made
};

/// Before the first step, and before a checkpoint is read: the place to begin anew and to refuse settings that can't
/// work.
struct BeginReport {
  int epochs = 0;
  std::size_t steps = 0;    // in an epoch
  std::size_t samples = 0;  // in an epoch
  int rank = 0, ranks = 1;  // which process this is, of how many
};

/// After a step. Counts are from 0.
struct StepReport {
  int epoch = 0, epochs = 0;
  std::size_t step = 0, steps = 0;  // in this epoch
  std::size_t samples = 0;          // trained on in this epoch so far
  double loss = 0;                  // of this batch, before the update
  double lr = 0;                    // of this step
  FitHandle fit{};
};

namespace detail {

/// "epoch 2, step 7": counted from 1, as in everything printed.
inline std::string in_print(int epoch, std::size_t step) { return concat({"epoch ", epoch + 1, ", step ", step + 1}); }

inline std::string not_finite_message(std::string_view key, int epoch, std::size_t step) {
  return concat({key, " has an element that is not finite after ", in_print(epoch, step)});
}

}  // namespace detail

/// A metric's figure on the validation source.
struct MetricValue {
  std::string_view name;
  double value = 0;
  bool larger_is_better = false;
};

/// After an epoch.
struct EpochReport {
  int epoch = 0, epochs = 0;
  std::size_t samples = 0;  // trained on in this epoch
  double loss = 0, lr = 0, seconds = 0;
  std::optional<double> validation_loss{}, accuracy{};
  std::optional<double> clipped_share{};   // with an element-wise clip
  std::span<const MetricValue> metrics{};  // of the metrics given to fit; valid during the call
  FitHandle fit{};
};

/// After the last epoch, or the stop; the model still has its last weights, the best ones come back afterwards. Not told
/// when fit ends with an exception.
struct EndReport {
  int epochs = 0;  // finished
  StopReason reason = StopReason::all_epochs_done;
  std::string_view message{};  // more about the reason, or empty
  FitHandle fit{};
};

}  // namespace evomlp
