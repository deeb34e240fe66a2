// SPDX-License-Identifier: MIT
// fit: epochs of train_step over shuffled batches, validation, and the best weights back at the end.
#pragma once

#include "evomlp/core/tensor.hpp"
#include "evomlp/train/batches.hpp"
#include "evomlp/train/data_source.hpp"
#include "evomlp/train/extras.hpp"
#include "evomlp/train/fit_options.hpp"
#include "evomlp/train/fit_run.hpp"
#include "evomlp/train/history.hpp"

#include <type_traits>
#include <utility>

namespace evomlp {

/// Trains `model` on a data source for `.epochs` epochs and returns what happened. `chain_or_rule` is an update rule or
/// a chain(…) of policies; `extras` are callbacks, schedulers, metrics and probes in any order, and a Communicator for
/// several processes, each of which calls fit alike. Sample weights of the source count in the loss.
///
/// Ends with the weights of the best epoch when one is watched, whichever way it ends: after all epochs, a stop that a
/// callback asked for, a NaN, an exception from a callback or the source. A loss that isn't finite ends training before
/// that step's update, a parameter that isn't at the end of its epoch: the model then gets back the best weights, or those
/// from before the epoch, and stop_reason says so. In the very first step it is a TrainingError, as are weights that are
/// all 0 and stay so. Bad data or settings are a DataError, ShapeError or TrainingError before the first step, with the
/// model unchanged. (With several processes all may have the weights of rank 0 by then.)
///
/// The long form, which gives the same weights bit for bit (without `.validation`):
///
///     State state(model, chain_or_rule, {.max_batch = batch_size, .seed = seed});
///     for (int epoch = 0; epoch < epochs; ++epoch) {
///       std::iota(order.begin(), order.end(), 0);
///       shuffle(order, Random(seed, Stream::shuffle, epoch));
///       for (each batch of batch_size rows in that order) train_step(model, state, loss, x, y);
///     }
template <class Net, class T, DataSource S, Loss L, class ChainOrRule, class... Es, class Isa = isa::ThisTarget>
History fit(Model<Net, T>& model, const S& source, const L& loss, ChainOrRule chain_or_rule,
            const FitOptions& options = {}, Es&&... extras) {
  auto chain = detail::as_chain(std::move(chain_or_rule));
  using TheState = State<Net, T, decltype(chain)>;
  (detail::check_extra<std::remove_reference_t<Es>, Model<Net, T>, TheState>(), ...);
  static_assert(detail::require_source_type<Net, T, L, S>());
  detail::Alone alone;
  detail::Team team(detail::communicator_of(alone, extras...));
  using Run = detail::Fit<Isa, Net, T, S, L, decltype(chain), decltype(team), std::remove_reference_t<Es>...>;
  return team.together([&] { return Run(model, source, loss, std::move(chain), options, team, extras...).run(); });
}

/// Samples and targets as two tensors: a compile error that says how.
template <class Net, class T, class X, class Y, class L, class ChainOrRule, class... Es>
History fit(Model<Net, T>&, const xt::xexpression<X>&, const xt::xexpression<Y>&, const L&, const ChainOrRule&,
            const FitOptions& = {}, Es&&...) {
  static_assert(!std::is_same_v<X, X>, "evomlp::fit: samples and targets are one argument: fit(model, Dataset<float>{x, y}, "
                                       "loss, rule, options), with class labels Dataset<float, Labels>{x, y}");
  return {};
}

}  // namespace evomlp
