// SPDX-License-Identifier: MIT
// An optimizer chain on numbers of the test's own, without a model around it.
#pragma once

#include "evomlp/kernels/native.hpp"
#include "evomlp/optim/chain_pass.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace evomlp_test {

/// The weights of Net, which start at `start`, and what the chain remembers of them.
template <class Net, class T, class C, class Isa = evomlp::isa::ThisTarget>
class ChainDriver {
 public:
  ChainDriver(C chain, const auto& start)
      : chain_(chain),
        size_(start.size()),
        weights_(size_),
        state_(C::state * stride()),
        counts_(evomlp::layer_paths<Net>.size()) {
    std::transform(start.begin(), start.end(), weights_.begin(), [](auto v) { return static_cast<T>(v); });
  }

  const std::vector<T>& step(const auto& gradients) {
    std::vector<T> g(size_);
    std::transform(gradients.begin(), gradients.end(), g.begin(), [](auto v) { return static_cast<T>(v); });
    evomlp::detail::apply_chain<Net, Isa>(chain_, ++count_, weights_.data(), g.data(), state_.data(), stride(),
                                          counts_.data());
    return weights_;
  }

  C& chain() { return chain_; }
  const std::vector<T>& weights() const { return weights_; }
  /// What the rule remembers: number `which` of each weight.
  std::span<const T> state(std::size_t which) const { return {state_.data() + which * stride(), size_}; }
  const std::vector<evomlp::ClipCount>& counts() const { return counts_; }

 private:
  std::size_t stride() const { return size_ + 3; }

  C chain_;
  std::uint64_t count_ = 0;
  std::size_t size_;
  std::vector<T> weights_, state_;
  std::vector<evomlp::ClipCount> counts_;
};

/// A driver of a bare rule or a chain.
template <class Net, class T, class Isa = evomlp::isa::ThisTarget>
auto drive(auto chain_or_rule, const auto& start) {
  auto chain = evomlp::detail::as_chain(chain_or_rule);
  return ChainDriver<Net, T, decltype(chain), Isa>(chain, start);
}

}  // namespace evomlp_test
