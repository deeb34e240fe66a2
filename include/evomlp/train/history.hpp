// SPDX-License-Identifier: MIT
// History: what happened in training, epoch by epoch.
#pragma once

#include <string_view>
#include <vector>

namespace evomlp {

/// Why fit ended.
enum class StopReason {
  all_epochs_done,
  not_finite,  ///< a loss or a parameter: no weights of such an epoch are kept
};

constexpr std::string_view to_string(StopReason reason) {
  switch (reason) {
    case StopReason::all_epochs_done:
      return "all epochs done";
    case StopReason::not_finite:
      return "a loss or a parameter was not finite";
  }
  return "";
}

namespace detail {
template <class Isa, class Net, class T, class S, class L, class C>
class Fit;
}

/// What fit returns. Epochs count from 0. A vector is empty where its figure has no source: the validation figures
/// without `.validation`, accuracy for a loss that has none, clipped_share without an element-wise clip.
struct History {
  std::vector<double> loss;             ///< mean over the epoch's samples of the loss before each step
  std::vector<double> validation_loss;  ///< after the epoch
  std::vector<double> accuracy;         ///< on the validation source, after the epoch
  std::vector<double> lr;               ///< learning rate at the end of the epoch
  std::vector<double> clipped_share;    ///< share of the elements that an element-wise clip changed
  std::vector<double> seconds;          ///< duration of the epoch, validation included

  /// The same share for each layer with parameters: [epoch][index in layer_paths<Net>].
  std::vector<std::vector<double>> layer_clipped_share;

  /// Epochs finished.
  int epochs() const { return static_cast<int>(loss.size()); }
  /// The epoch whose weights the model holds, by `.monitor`; −1 when nothing was watched.
  int best_epoch() const { return best_epoch_; }
  StopReason stop_reason() const { return stop_reason_; }

 private:
  template <class Isa, class Net, class T, class S, class L, class C>
  friend class detail::Fit;

  int best_epoch_ = -1;
  StopReason stop_reason_ = StopReason::all_epochs_done;
};

}  // namespace evomlp
