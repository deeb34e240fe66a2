// SPDX-License-Identifier: MIT
// fold_batchnorm: a trained network without the BatchNorms whose work a Linear can do.
#pragma once

#include "evomlp/compose/structure.hpp"
#include "evomlp/contract/layout.hpp"
#include "evomlp/net/folded_type.hpp"
#include "evomlp/net/model.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp {

/// The network that fold_batchnorm makes of Net. A list in which something is folded becomes flat: nested Sequentials
/// and Repeats are dissolved, and its keys count anew. Any other list stays as it was written.
template <Network Net>
using FoldedBatchNorm = detail::folded_type<Net>;

namespace detail {

/// Where a layer's numbers lie.
template <class T>
struct Place {
  const T *parameters, *buffers;

  Place at(Layout begin) const { return {parameters + begin.parameters, buffers + begin.buffers}; }
};

/// The folded network's numbers, written in the order of memory.
template <class T>
struct FoldedWriter {
  T *parameters, *buffers;

  void copy(Place<T> from, Layout size) {
    parameters = std::copy_n(from.parameters, size.parameters, parameters);
    buffers = std::copy_n(from.buffers, size.buffers, buffers);
  }
};

/// y = x ∘ scale + shift: what BatchNorms one after the other do in prediction.
struct ScaleAndShift {
  std::vector<double> scale, shift;

  explicit ScaleAndShift(std::size_t width) : scale(width, 1.0), shift(width, 0.0) {}

  template <std::size_t N, RunningVariance running, Real momentum, Real eps, class T>
  void then(BatchNorm1d<N, running, momentum, eps>, Place<T> from) {
    const T *weight = from.parameters, *bias = weight + N, *mean = from.buffers, *variance = mean + N;
    for (std::size_t j = 0; j < N; ++j) {
      const double factor = static_cast<double>(weight[j]) / std::sqrt(static_cast<double>(variance[j]) + eps.value());
      scale[j] *= factor;
      shift[j] = (shift[j] - static_cast<double>(mean[j])) * factor + static_cast<double>(bias[j]);
    }
  }
};

/// A Linear between the BatchNorms that it absorbs: (x ∘ s + t) W + b, then ∘ s' + t', with
/// W_ij ← s_i W_ij s'_j and b_j ← (b_j + Σ t_i W_ij) s'_j + t'_j. Computed in double, rounded once.
template <std::size_t In, std::size_t Out, bool with_bias, class T>
void write_folded(Linear<In, Out, with_bias>, Place<T> from, const ScaleAndShift& before, const ScaleAndShift& after,
                  FoldedWriter<T>& to) {
  std::vector<double> bias(Out);
  if constexpr (with_bias) bias.assign(from.parameters + In * Out, from.parameters + In * Out + Out);
  for (std::size_t i = 0; i < In; ++i) {
    for (std::size_t j = 0; j < Out; ++j) {
      const auto weight = static_cast<double>(from.parameters[i * Out + j]);
      bias[j] += before.shift[i] * weight;
      *to.parameters++ = static_cast<T>(before.scale[i] * weight * after.scale[j]);
    }
  }
  for (std::size_t j = 0; j < Out; ++j) *to.parameters++ = static_cast<T>(bias[j] * after.scale[j] + after.shift[j]);
}

template <class L, class T>
void write_folded(Place<T> from, FoldedWriter<T>& to);

template <class... Ls, class T>
void write_folded_list(List<Ls...>, Place<T> list, FoldedWriter<T>& to) {
  using Plan = FoldPlan<List<Ls...>>;
  const auto each_layer = [&](auto run) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (run.template operator()<I, Ls>(list.at(flat_begin<List<Ls...>>[I])), ...);
    }(std::index_sequence_for<Ls...>{});
  };
  each_layer([&]<std::size_t taker, class L>(Place<T> from) {
    if constexpr (Plan::parts[taker] == 1) {
      write_folded<L>(from, to);
    } else if constexpr (Plan::parts[taker] > 1) {
      ScaleAndShift before(L::in_features), after(L::out_features);
      each_layer([&]<std::size_t I, class Norm>(Place<T> norm) {
        if constexpr (I != taker && Plan::taken_by[I] == taker) (I < taker ? before : after).then(Norm{}, norm);
      });
      write_folded(L{}, from, before, after, to);
    }
  });
}

template <class... Children, class T>
void write_folded_children(TagTable<Children...>, Place<T> block, const auto& begin, FoldedWriter<T>& to) {
  std::size_t i = 0;
  const auto one = [&]<Name n, class C, std::size_t Width>(Child<n, C, Width>) {
    write_folded<C>(block.at(begin[i++]), to);
  };
  (one(Children{}), ...);
}

template <class L, class T>
void write_folded(Place<T> from, FoldedWriter<T>& to) {
  constexpr std::size_t width = in_width<L>();
  if constexpr (std::is_same_v<folded_type<L>, L>) {  // also a block of a user's, whatever is in it
    to.copy(from, layout_of<L>(width));
  } else if constexpr (IsList<L>) {
    write_folded_list(flat<L>{}, from, to);
  } else {
    to.copy(from, own_layout<L>(width));
    write_folded_children(children_of<L>(), from, children_begin<L>(width), to);
  }
}

}  // namespace detail

/// The same predictions, to rounding, by a network with fewer layers: each BatchNorm1d that stands directly after a
/// Linear, or else directly before one, becomes part of it, with the running statistics as they are; also inside
/// blocks, and across the boundaries of nested lists. A Linear without a bias gains one. Any other BatchNorm1d stays:
/// one between two activations, or inside a layer of a user's own.
///
///     const auto folded = fold_batchnorm(model);   // Model<FoldedBatchNorm<Net>, T>
///
/// For prediction: training it further is not training the model (no batch statistics any more).
template <class Net, class T>
Model<FoldedBatchNorm<Net>, T> fold_batchnorm(const Model<Net, T>& model) {
  Model<FoldedBatchNorm<Net>, T> folded;
  detail::FoldedWriter<T> to{folded.parameters().data(), folded.buffers().data()};
  detail::write_folded<Net>(detail::Place<T>{model.parameters().data(), model.buffers().data()}, to);
  return folded;
}

}  // namespace evomlp
