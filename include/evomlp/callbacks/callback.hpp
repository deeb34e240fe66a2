// SPDX-License-Identifier: MIT
// Callbacks: whoever wants to be told how training goes.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/anything.hpp"

#include <concepts>

namespace evomlp {

/// A type with one or more of `on_begin(const BeginReport&)`, `on_step(const StepReport&)`, `on_epoch(const
/// EpochReport&)`, `on_end(const EndReport&)`, given to fit after its options. on_step and on_epoch may take the model
/// and the state as well: `on_step(report, model, state)`. What it doesn't have costs nothing. A member `auto scope()`
/// returns an object that lives as long as fit runs, whichever way it ends; `remember(memory)` makes what the callback
/// counts part of a checkpoint. Of several processes each calls its own; with `static constexpr bool rank_0_only = true`
/// the first alone does, for what prints or writes files.
///
///     struct StopWhenGood {
///       double loss = 0.01;
///       void on_epoch(const EpochReport& report) { if (report.loss < loss) report.fit.stop(); }
///     };
template <class C, class M = detail::Anything, class S = detail::Anything>
concept Callback =
    requires(C& callback, const BeginReport& report) { callback.on_begin(report); } ||
    requires(C& callback, const StepReport& report) { callback.on_step(report); } ||
    requires(C& callback, const EpochReport& report) { callback.on_epoch(report); } ||
    requires(C& callback, const EndReport& report) { callback.on_end(report); } ||
    requires(C& callback, const StepReport& report, M& model, S& state) { callback.on_step(report, model, state); } ||
    requires(C& callback, const EpochReport& report, M& model, S& state) { callback.on_epoch(report, model, state); };

}  // namespace evomlp
