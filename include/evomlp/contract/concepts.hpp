// SPDX-License-Identifier: MIT
// What a layer is, in concepts, and one sentence for the first thing that a type lacks.
#pragma once

#include "evomlp/core/anything.hpp"
#include "evomlp/core/number.hpp"
#include "evomlp/core/view.hpp"

#include <type_traits>

namespace evomlp {

/// An activation: `value(z)` and its derivative, `slope(z)` or, where the output is enough, `slope_from_value(y)`.
/// Written once for a number; nothing else is needed to be vectorised, fused and trained through.
///
///     struct Swish {
///       static auto value(auto z) { return z / (1 + exp(-z)); }
///       static auto slope(auto z) { const auto s = 1 / (1 + exp(-z)); return s * (1 + z * (1 - s)); }
///     };
template <class A>
concept Elementwise = requires(Number<float> z) { A::value(z); } &&
                      (requires(Number<float> z) { A::slope(z); } || requires(Number<float> y) { A::slope_from_value(y); });

namespace detail {

/// An activation whose derivative is written in terms of its input.
template <class A>
concept SlopeNeedsInput = Elementwise<A> && requires(Number<float> z) { A::slope(z); };

template <class L>
concept HasPredict = requires(Anything a) { L::predict(a, a, a); };
template <class L>
concept HasBackward = requires(Anything a) { L::backward(a, a, a, a, a, a); };

struct NamedValue {
  int value;
};
template <class L>
struct PerhapsTwoValues : L, NamedValue {};

/// L has a member `value`, whether or not it compiles for a Number: beside another of that name, neither is found.
template <class L>
concept NamesValue = std::is_class_v<L> && !std::is_final_v<L> && !requires { &PerhapsTwoValues<L>::value; };

}  // namespace detail

/// A layer: an empty type with `predict(self, x, y)`, `backward(self, grad, x, y, dy, dx)`, optionally
/// `forward(self, x, y)` for training, widths `in_features` and `out_features` (none: any width is kept), and tables of
/// `parameters`, `buffers`, `saved`, `scratch`, `backward_scratch`, `children` as far as it has them. An activation is a layer too.
/// The functions return void and take every parameter as `auto`. `min_batch` are the rows that training needs at least
/// (none: 1).
///
/// Two members let the network fuse a layer with what follows. `any_destination = true` promises that the layer only writes
/// y and dx (perhaps twice in one place), never reads them back, and doesn't use y in backward. `any_dy = true` promises
/// that dy is read through the kernels only, one element at a time.
template <class L>
concept Layer = Elementwise<L> || (detail::HasPredict<L> && detail::HasBackward<L>);

/// A layer whose widths are known: what a Model can be made of, usually a Sequential.
template <class N>
concept Network = Layer<N> && (N::in_features > 0) && (N::out_features > 0);

namespace detail {

/// Says in one sentence what keeps L from being a layer. Always true, so that it is reported once.
template <class L>
consteval bool check_layer() {
  if constexpr (!Layer<L>) {
    constexpr bool has_value = requires(Number<float> z) { L::value(z); };
    static_assert(!has_value, "evomlp: this activation has value(z) but neither slope(z) nor slope_from_value(y)");
    constexpr bool meant_as_activation = NamesValue<L> && !HasPredict<L>;
    static_assert(has_value || !meant_as_activation,
                  "evomlp: value(z) of this activation doesn't compile for a Number: write exp, tanh, … without std::, and "
                  "select(condition, yes, no) in place of ?: and if");
    if constexpr (!has_value && !meant_as_activation) {
      static_assert(HasPredict<L>, "evomlp: this type is no layer: it lacks `static void predict(auto self, auto x, auto y)`");
      static_assert(!HasPredict<L> || HasBackward<L>,
                    "evomlp: this layer lacks `static void backward(auto self, auto grad, auto x, auto y, auto dy, auto dx)`");
    }
  }
  return true;
}

/// y and dx may be any destination: the layer only puts numbers there (some twice) and never reads them back.
template <class L>
constexpr bool takes_any_destination() {
  if constexpr (requires { L::any_destination; }) return L::any_destination;
  else return Elementwise<L>;
}

/// dy may be any source: the layer only reads it element by element.
template <class L>
constexpr bool takes_any_dy() {
  if constexpr (requires { L::any_dy; }) return L::any_dy;
  else return Elementwise<L>;
}

}  // namespace detail
}  // namespace evomlp
