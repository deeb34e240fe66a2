// SPDX-License-Identifier: MIT
// State: what training must remember between steps.
#pragma once

#include "evomlp/contract/self.hpp"
#include "evomlp/core/aligned_buffer.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/io/remembers.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/net/workspace.hpp"
#include "evomlp/optim/chain.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp {

struct StateOptions {
  int max_batch = 64;      ///< rows of the largest batch that train_step may be given
  std::uint64_t seed = 0;  ///< of the dropout masks
};

/// The gradients, what the rule remembers (Adam's moments), the step counter, clip counters, and the room that a step
/// needs. `State state(model, Adam{.lr = 1e-3}, {.max_batch = 64, .seed = 42});` A step allocates nothing. Throws
/// TrainingError for invalid settings of the rule or a policy, such as a negative rate.
template <Network Net, std::floating_point T, class C>
class State {
  static_assert(detail::fits<Net>(static_cast<C*>(nullptr)),
                "evomlp: Freeze names a path that the network doesn't have: see parameter_table<Net> and layer_paths<Net>");

 public:
  template <class ChainOrRule>
  State(const Model<Net, T>&, ChainOrRule chain_or_rule, StateOptions options = {})
      : chain_(detail::as_chain(std::move(chain_or_rule))),
        seed_(options.seed),
        max_batch_(detail::checked_batch(options.max_batch, "State")),
        capacity_(detail::rounded_up(max_batch_)),
        gradients_(num_parameters),
        rule_state_(C::state * stride()),
        saved_(layout.saved(capacity_)),
        scratch_(layout.scratch.training(capacity_)),
        y_(capacity_ * Net::out_features),
        dy_(capacity_ * Net::out_features),
        buffers_before_(Model<Net, T>::num_buffers),
        clip_counts_(C::is_counted ? layer_paths<Net>.size() : 0) {
    detail::check_settings<Net>(chain_);
  }

  /// The chain in use; its rule's settings may be changed between steps: state.chain().rule().lr = 1e-4.
  C& chain() { return chain_; }
  const C& chain() const { return chain_; }

  /// Steps taken.
  std::uint64_t step() const { return step_; }
  /// dL/dθ of the last step, in the order of parameter_table<Net>.
  std::span<const T> gradients() const { return gradients_; }

  /// What element-wise clips did since the counters were last reset, one entry for each of layer_paths<Net>; empty when
  /// the chain has no such clip.
  std::span<const ClipCount> clip_counts() const { return clip_counts_; }
  /// The same over all layers.
  ClipCount clip_count() const {
    ClipCount sum;
    for (const ClipCount& layer : clip_counts_) sum += layer;
    return sum;
  }
  void reset_clip_counts() { clip_counts_.assign(clip_counts_.size(), ClipCount{}); }

  std::size_t max_batch() const { return max_batch_; }

  /// What a checkpoint must hold of it: the rule's numbers and learning rate, steps taken, seed, clip counters, and what
  /// policies remember.
  void remember(auto& memory) {
    memory("rule_state", std::span<T>(rule_state_));
    const double before = chain_.rule().lr;
    double lr = before;
    memory("lr", lr);
    if (lr != before) chain_.set_lr(lr);  // a state that is written doesn't change: others may look at it
    memory("step", step_);
    memory("seed", seed_);
    for (std::size_t i = 0; i < clip_counts_.size(); ++i) memory(detail::concat({"clip_count.", i}), clip_counts_[i]);
    std::size_t policy = 0;
    const auto one = [&](auto& p) {
      if constexpr (Remembers<std::remove_reference_t<decltype(p)>>) memory(detail::concat({"policy.", policy}), p);
      ++policy;
    };
    std::apply([&](auto&... policies) { (one(policies), ...); }, chain_.policies);
  }

  // What a step works on.
  struct Work {
    T *gradients, *rule_state, *saved, *scratch, *y, *dy, *buffers_before;
    std::size_t stride, capacity;
    ClipCount* clip_counts;
    std::uint64_t& step;
  };
  Work work() {
    return {gradients_.data(),
            rule_state_.data(),
            saved_.data(),
            scratch_.data(),
            y_.data(),
            dy_.data(),
            buffers_before_.data(),
            stride(),
            capacity_,
            clip_counts_.data(),
            step_};
  }
  // Of the step that comes.
  detail::Noise noise() const { return {seed_, step_}; }

 private:
  static constexpr std::size_t num_parameters = Model<Net, T>::num_parameters;
  static constexpr auto layout = detail::layout_of<Net>(Net::in_features);
  static constexpr std::size_t stride() { return detail::rounded_up(num_parameters); }

  C chain_;
  std::uint64_t seed_, step_ = 0;
  std::size_t max_batch_, capacity_;
  AlignedBuffer<T> gradients_, rule_state_, saved_, scratch_, y_, dy_, buffers_before_;
  std::vector<ClipCount> clip_counts_;
};

template <class Net, class T, class ChainOrRule>
State(const Model<Net, T>&, ChainOrRule, StateOptions = {})
    -> State<Net, T, decltype(detail::as_chain(std::declval<ChainOrRule>()))>;

}  // namespace evomlp
