// SPDX-License-Identifier: MIT
// DepthProbe: looks into the depth of a network while it trains.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/diagnostics/depth_report.hpp"
#include "evomlp/diagnostics/layer_probe.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/optim/clip_count.hpp"
#include "evomlp/schedulers/scheduler.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace evomlp {

/// Measures every layer at chosen steps: activations, gradients, updates and clips (LayerFigures). Given to fit among its
/// extras; the run stays the same, bit for bit, and without it nothing of this is compiled. A step that it looks at takes
/// three to ten times as long.
///
///     fit(model, data, loss, Adam{}, {.epochs = 10}, DepthProbe{.print = true});
struct DepthProbe {
  int every_epochs = 1;                ///< looks at the first step of every so many epochs; 0: at none
  std::vector<std::uint64_t> steps{};  ///< and at these steps of the run, from 0
  bool print = false;                  ///< the first and last snapshot and the advice, on stdout at the end of the run
  DepthReport report{};                ///< all that it saw

  /// What it knows between looking and the step's end.
  struct Look {
    bool is_open = false;
    std::vector<double> parameters{};  // before the step
    std::vector<ClipCount> clips{};
  } look{};

  void on_begin(const BeginReport&) {
    detail::require_at_least("DepthProbe", "every_epochs", every_epochs, 0);
    report = {};
    look = {};
  }

  bool before_step(const SchedulePoint& point, const auto& model, const auto& state) {
    const auto done = static_cast<std::uint64_t>(point.steps_done());
    look.is_open = (every_epochs > 0 && point.step == 0 && point.epoch % every_epochs == 0) ||
                   std::find(steps.begin(), steps.end(), done) != steps.end();
    if (!look.is_open) return false;
    look.parameters.assign(model.parameters().begin(), model.parameters().end());
    look.clips.assign(state.clip_counts().begin(), state.clip_counts().end());
    report.snapshots.push_back({.epoch = point.epoch, .step = done});
    report.snapshots.back().layers.resize(report.places.size());
    return true;
  }

  void forward(const auto& node, auto x, auto y) { measure().forward(node, x, y); }
  void backward(const auto& node, auto x, auto y, auto dy, auto dx) { measure().backward(node, x, y, dy, dx); }

  template <class Net, class T>
  void on_step(const StepReport& step, const Model<Net, T>& model, const auto& state) {
    if (!look.is_open) return;
    look.is_open = false;
    DepthSnapshot& at = report.snapshots.back();
    at.loss = step.loss;
    for (std::size_t i = 0; i < layer_paths<Net>.size(); ++i) {
      const auto place = std::find_if(report.places.begin(), report.places.end(),
                                      [&](const LayerPlace& one) { return one.path == layer_paths<Net>[i]; });
      if (place == report.places.end()) continue;  // it didn't run: its block left it out
      LayerFigures& figures = at.layers[static_cast<std::size_t>(place - report.places.begin())];
      const auto& begin = detail::layer_begin<Net>;
      double change = 0, size = 0;
      for (std::size_t k = begin[i]; k < begin[i + 1]; ++k) {
        const double by = static_cast<double>(model.parameters()[k]) - look.parameters[k];
        change += by * by;
        size += look.parameters[k] * look.parameters[k];
      }
      if (size > 0) figures.update_ratio = std::sqrt(change / size);
      if (look.clips.empty()) continue;
      const ClipCount now = state.clip_counts()[i], before = look.clips[i];
      figures.clipped_share = ClipCount{now.seen - before.seen, now.clipped - before.clipped}.share();
    }
  }

  template <class = detail::WhereCalled>
  void on_end(const EndReport&) {
    if (print) report.print();
  }

  void remember(auto& memory) { memory("report", report); }

 private:
  detail::LayerProbe measure() {
    if (report.snapshots.empty()) report.snapshots.emplace_back();  // given to observe, which has no steps
    return {report.places, report.snapshots};
  }
};

}  // namespace evomlp
