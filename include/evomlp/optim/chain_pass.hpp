// SPDX-License-Identifier: MIT
// A chain at work: one pass over the flat buffers, with one more to read for each norm.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/core/number.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/optim/chain.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace evomlp::detail {

/// One step's formulas on elements, in SIMD batches and the tail one by one.
template <class Isa, class T, class... Ps>
class ChainPass {
  using C = Chain<Ps...>;
  static constexpr std::size_t policies = sizeof...(Ps);
  using Indices = std::index_sequence_for<Ps...>;

 public:
  ChainPass(const C& chain, std::uint64_t count, T* weights, const T* gradients, T* state, std::size_t state_stride)
      : chain_(chain), count_(count), weights_(weights), gradients_(gradients), state_(state), stride_(state_stride) {}

  /// The norm of the gradients as policy I sees them: after those before it. The pass of ClipGradNorm.
  template <std::size_t I>
  void measure(std::size_t begin, std::size_t end, const ParameterInfo* parameter, double& sum_of_squares) const {
    const auto formulas = formulas_for(parameter);
    const auto gradient = [&]<class N>(std::size_t i) {
      const N w = N::load(weights_ + i);
      N g = N::load(gradients_ + i);
      over_policies([&]<std::size_t P>() {
        using Policy = std::tuple_element_t<P, std::tuple<Ps...>>;
        if constexpr (P < I && kind_of<Policy>() != PolicyKind::filter) g = std::get<P>(formulas)(g, w);
      });
      return g;
    };
    const auto exact = [&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i) {
        const double g = static_cast<double>(gradient.template operator()<S>(i).sum());
        sum_of_squares += g * g;
      }
    };
    constexpr std::size_t run = 32 * B::lanes;  // then to double: long sums of floats lose digits
    const std::size_t whole = end - (end - begin) % B::lanes;
    for (std::size_t first = begin; first < whole; first += run) {
      const std::size_t last = (std::min)(first + run, whole);
      B sum(0);
      for (std::size_t i = first; i < last; i += B::lanes) {
        const B g = gradient.template operator()<B>(i);
        sum = fma(g, g, sum);
      }
      const double part = static_cast<double>(sum.sum());
      if (portable::is_finite(part)) sum_of_squares += part;
      else exact(first, last);  // squares that T can't hold
    }
    exact(whole, end);
  }
  void set_norm(std::size_t policy, double norm) { norms_[policy] = norm; }

  /// Updates the elements [begin, end).
  void update(std::size_t begin, std::size_t end, const ParameterInfo* parameter, ClipCount& counts) const {
    const auto formulas = formulas_for(parameter);
    const std::size_t whole = end - (end - begin) % B::lanes;
    B clipped(0), nan(0);
    S clipped_rest(0), nan_rest(0);
    for (std::size_t i = begin; i < whole; i += B::lanes) element(formulas, i, clipped, nan);
    for (std::size_t i = whole; i < end; ++i) element(formulas, i, clipped_rest, nan_rest);
    if constexpr (C::is_counted) {
      counts += {end - begin, static_cast<std::uint64_t>(clipped.sum() + clipped_rest.sum()),
                 static_cast<std::uint64_t>(nan.sum() + nan_rest.sum())};
    }
  }

 private:
  using B = Number<typename Isa::template Vector<T>>;
  using S = Number<T>;

  static void over_policies(auto one) {
    [&]<std::size_t... P>(std::index_sequence<P...>) { (one.template operator()<P>(), ...); }(Indices{});
  }

  auto formulas_for(const ParameterInfo* parameter) const {
    const auto step_for = [&]<class P>(const P&, double lr, double norm) {
      Step step{.count = count_, .lr = lr};
      if constexpr (needs_norm<P>()) step.told.norm = norm;
      if constexpr (needs_parameter<P>()) step.told.parameter = parameter, step.told.is_weight = parameter->rank == 2;
      return step;
    };
    const double lr = lr_of(chain_.rule(), step_for(chain_.rule(), 0, 0));
    return [&]<std::size_t... P>(std::index_sequence<P...>) {
      return std::tuple{formula_of(std::get<P>(chain_.policies), step_for(std::get<P>(chain_.policies), lr, norms_[P]))...};
    }(Indices{});
  }
  template <class P>
  static auto formula_of(const P& policy, Step step) {
    if constexpr (kind_of<P>() == PolicyKind::filter) return 0;  // has been asked before
    else if constexpr (kind_of<P>() == PolicyKind::gradient) return policy.on_gradient(step);
    else if constexpr (kind_of<P>() == PolicyKind::rule) return policy.at(step);
    else if constexpr (kind_of<P>() == PolicyKind::update) return policy.on_update(step);
    else return policy.on_weight(step);
  }

  template <class Formulas, class N>
  void element(const Formulas& formulas, std::size_t i, N& clipped, N& nan) const {
    std::array<N, C::state + 1> memory;  // one more, so that a rule without state has an array too
    for (std::size_t k = 0; k < C::state; ++k) memory[k] = N::load(state_ + k * stride_ + i);
    const N w = N::load(weights_ + i);
    N moved = N::load(gradients_ + i);  // the gradient, then what is subtracted, then the weight
    N is_clipped(0), is_nan(0);
    over_policies([&]<std::size_t P>() {
      using Policy = std::tuple_element_t<P, std::tuple<Ps...>>;
      [[maybe_unused]] const auto& formula = std::get<P>(formulas);
      const N before = moved;
      if constexpr (kind_of<Policy>() == PolicyKind::filter) {
        return;
      } else if constexpr (kind_of<Policy>() == PolicyKind::rule) {
        moved = [&]<std::size_t... K>(std::index_sequence<K...>) {
          return formula(before, w, memory[K]...);
        }(std::make_index_sequence<C::state>{});
      } else if constexpr (kind_of<Policy>() == PolicyKind::weight) {
        if constexpr (is_first_of_kind<P>(PolicyKind::weight)) moved = w - moved;
        moved = formula(moved);
      } else {
        moved = formula(before, w);
      }
      if constexpr (is_counted<Policy>()) {
        is_clipped = select(moved != before, N(1), is_clipped);
        is_nan = select(before != before, N(1), is_nan);
      }
    });
    if constexpr (C::is_counted) {
      clipped = clipped + select(is_nan > 0, N(0), is_clipped);
      nan = nan + is_nan;
    }
    for (std::size_t k = 0; k < C::state; ++k) memory[k].store(state_ + k * stride_ + i);
    if constexpr (count_kind<Ps...>(PolicyKind::weight) == 0) moved = w - moved;
    moved.store(weights_ + i);
  }

  template <std::size_t P>
  static constexpr bool is_first_of_kind(PolicyKind kind) {
    const std::array<PolicyKind, policies> kinds{kind_of<Ps>()...};
    for (std::size_t i = 0; i < P; ++i)
      if (kinds[i] == kind) return false;
    return true;
  }

  const C& chain_;
  std::uint64_t count_;
  T* weights_;
  const T* gradients_;
  T* state_;
  std::size_t stride_;
  std::array<double, policies> norms_{};
};

/// Whether a parameter takes part in a step.
template <class... Ps>
bool updates(const Chain<Ps...>& chain, const ParameterInfo& parameter) {
  const auto one = [&](const auto& policy) {
    if constexpr (ParameterFilter<std::remove_cvref_t<decltype(policy)>>) return policy.updates(parameter);
    else return true;
  };
  return std::apply([&](const auto&... policies) { return (one(policies) && ...); }, chain.policies);
}

/// Calls part(begin, end, parameter, layer) over all parameters of Net, in as few parts as the chain needs: one, one for
/// each layer to count clipped elements, or one for each parameter that takes part, which is null otherwise.
template <class Net, class C>
void over_parts(const C& chain, auto part) {
  if constexpr (C::needs_parameter) {
    for (const ParameterInfo& info : parameter_table<Net>)
      if (info.trained && updates(chain, info)) part(info.offset, info.offset + info.size, &info, info.layer);
  } else if constexpr (C::is_counted) {
    constexpr auto& begin = layer_begin<Net>;
    for (std::size_t layer = 0; layer + 1 < begin.size(); ++layer) part(begin[layer], begin[layer + 1], nullptr, layer);
  } else {
    part(std::size_t{0}, layout_of<Net>(in_width<Net>()).parameters, nullptr, std::size_t{0});
  }
}

/// One step of the chain over all parameters of Net. `state` holds Chain::state numbers for each parameter, the first
/// of all parameters first, stride apart; `counts` one entry for each layer where the chain counts.
template <class Net, class Isa, class T, class... Ps>
void apply_chain(const Chain<Ps...>& chain, std::uint64_t count, T* weights, const T* gradients, T* state, std::size_t stride,
                 ClipCount* counts) {
  using C = Chain<Ps...>;
  ChainPass<Isa, T, Ps...> pass(chain, count, weights, gradients, state, stride);
  const auto measure = [&]<std::size_t P>() {
    if constexpr (needs_norm<std::tuple_element_t<P, std::tuple<Ps...>>>()) {
      double sum_of_squares = 0;
      over_parts<Net>(chain, [&](std::size_t begin, std::size_t end, const ParameterInfo* parameter, std::size_t) {
        pass.template measure<P>(begin, end, parameter, sum_of_squares);
      });
      pass.set_norm(P, std::sqrt(sum_of_squares));
    }
  };
  [&]<std::size_t... P>(std::index_sequence<P...>) { (measure.template operator()<P>(), ...); }(std::index_sequence_for<Ps...>{});
  ClipCount unused;
  over_parts<Net>(chain, [&](std::size_t begin, std::size_t end, const ParameterInfo* parameter, std::size_t layer) {
    pass.update(begin, end, parameter, C::is_counted ? counts[layer] : unused);
  });
}

}  // namespace evomlp::detail
