// SPDX-License-Identifier: MIT
// The best weights so far.
#pragma once

#include "evomlp/callbacks/monitor.hpp"

#include <optional>

namespace evomlp::detail {

/// The model of the best epoch by the watched figure. A NaN or an infinity is never better.
template <class M>
class Best {
 public:
  void offer(const M& model, const std::optional<Figure>& figure, int epoch) {
    if (!figure || !figure->improves_on(figure_)) return;
    model_ = model;
    figure_ = figure->value;
    epoch_ = epoch;
  }
  const std::optional<M>& model() const { return model_; }
  int epoch() const { return epoch_; }

  void remember(auto& memory) {
    memory("figure", figure_);
    memory("epoch", epoch_);
    memory("model", model_);
  }

 private:
  std::optional<M> model_;
  std::optional<double> figure_;
  int epoch_ = -1;
};

}  // namespace evomlp::detail
