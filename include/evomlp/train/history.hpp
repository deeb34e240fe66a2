// SPDX-License-Identifier: MIT
// History: what happened in training, epoch by epoch.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/core/write_file.hpp"
#include "evomlp/optim/clip_count.hpp"
#include "evomlp/train/environment.hpp"
#include "evomlp/train/history_text.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evomlp {

namespace detail {
template <class Isa, class Net, class T, class C, class Extras>
class RunSoFar;
}

/// What fit returns. Epochs count from 0. A vector is empty where its figure has no source: the validation figures
/// without `.validation`, accuracy for a loss that has none, clipped_share without an element-wise clip.
struct History {
  std::vector<double> loss;             ///< mean over the epoch's samples, by their weights, of the loss before each step
  std::vector<double> validation_loss;  ///< after the epoch
  std::vector<double> accuracy;         ///< on the validation source, after the epoch
  std::vector<double> lr;               ///< learning rate at the end of the epoch
  std::vector<double> clipped_share;    ///< share of the elements that an element-wise clip changed
  std::vector<double> seconds;          ///< duration of the epoch, validation included

  /// The same share for each layer with parameters: [epoch][index in layer_paths<Net>].
  std::vector<std::vector<double>> layer_clipped_share;

  /// A metric given to fit, by its name: one number for each epoch. Throws Error for a name that isn't there, with
  /// those that are.
  const std::vector<double>& metric(std::string_view name) const {
    const auto at = std::find(metric_names_.begin(), metric_names_.end(), name);
    if (at == metric_names_.end()) {
      std::string known;
      for (const std::string& one : metric_names_) known += (known.empty() ? "" : ", ") + one;
      throw Error(detail::concat({"History: no metric is called '", name,
                                  "', expected one of those given to fit: ", known.empty() ? "none" : known}));
    }
    return metrics_[static_cast<std::size_t>(at - metric_names_.begin())];
  }
  /// The names of the metrics given to fit, in that order.
  const std::vector<std::string>& metric_names() const { return metric_names_; }

  /// Epochs finished.
  int epochs() const { return static_cast<int>(loss.size()); }
  /// The best epoch by `.monitor`, whose weights the model holds (unless `.restore_best = false`); −1 when nothing was
  /// watched.
  int best_epoch() const { return best_epoch_; }
  StopReason stop_reason() const { return stop_reason_; }
  /// More about it: which loss or parameter wasn't finite, and where. Empty when all epochs are done.
  const std::string& stop_message() const { return stop_message_; }

  /// What these figures depend on, beside the arguments and the data: versions, instruction set, BLAS.
  const Environment& environment() const { return environment_; }

  /// A line of names and one for each epoch: epoch (from 1), loss, validation_loss, accuracy, lr, clipped_share,
  /// seconds and the metrics by name; without the columns that have no figures. Numbers are in their shortest form that
  /// reads as the same number, whatever the locale. Written whole or not at all; throws FileError.
  template <class = detail::WhereCalled>
  void write_csv(const std::filesystem::path& path) const { write_file(path, detail::history_csv(*this)); }

  /// The same as one JSON object, with best_epoch (from 1, or null), stop_reason, stop_message, layer_clipped_share and
  /// the environment; a number that isn't finite is null. Written whole or not at all; throws FileError.
  template <class = detail::WhereCalled>
  void write_json(const std::filesystem::path& path) const {
    write_file(path, detail::history_json(*this));
  }

  void remember(auto& memory) {
    memory("loss", loss);
    memory("validation_loss", validation_loss);
    memory("accuracy", accuracy);
    memory("lr", lr);
    memory("clipped_share", clipped_share);
    memory("seconds", seconds);
    memory("layer_clipped_share", layer_clipped_share);
    const std::size_t given = metric_names_.size();
    memory("metric_names", metric_names_);
    memory("metrics", metrics_);
    memory.require(metric_names_.size() == given && metrics_.size() == given, "metrics", "of the metrics given");
    memory("stop_reason", stop_reason_);
    memory.require(!to_string(stop_reason_).empty(), "stop_reason", "one of the reasons");
    memory("stop_message", stop_message_);
  }

 private:
  template <class Isa, class Net, class T, class C, class Extras>
  friend class detail::RunSoFar;

  void record(const EpochReport& report, std::span<const ClipCount> clip_counts) {
    loss.push_back(report.loss);
    if (report.validation_loss) validation_loss.push_back(*report.validation_loss);
    if (report.accuracy) accuracy.push_back(*report.accuracy);
    lr.push_back(report.lr);
    seconds.push_back(report.seconds);
    for (std::size_t i = 0; i < report.metrics.size(); ++i) metrics_[i].push_back(report.metrics[i].value);
    if (!report.clipped_share) return;
    clipped_share.push_back(*report.clipped_share);
    auto& layers = layer_clipped_share.emplace_back();
    for (const ClipCount& layer : clip_counts) layers.push_back(layer.share());
  }

  std::vector<std::string> metric_names_;
  std::vector<std::vector<double>> metrics_;
  int best_epoch_ = -1;
  StopReason stop_reason_ = StopReason::all_epochs_done;
  std::string stop_message_;
  Environment environment_;
};

}  // namespace evomlp
