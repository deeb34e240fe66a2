// SPDX-License-Identifier: MIT
// A network's type as text, the same on every compiler: what a file says of the model in it.
#pragma once

#include "evomlp/core/number_text.hpp"
#include "evomlp/core/real.hpp"
#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/dropout.hpp"
#include "evomlp/layers/gelu.hpp"
#include "evomlp/layers/highway_block.hpp"
#include "evomlp/layers/identity.hpp"
#include "evomlp/layers/leaky_relu.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/projected_residual_block.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/repeat.hpp"
#include "evomlp/layers/residual_block.hpp"
#include "evomlp/layers/rezero_block.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/layers/sigmoid.hpp"
#include "evomlp/layers/silu.hpp"
#include "evomlp/layers/softmax.hpp"
#include "evomlp/layers/tanh.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace evomlp {

namespace detail {

inline std::string argument_text(std::string_view text) { return std::string(text); }
inline std::string argument_text(std::size_t number) { return std::to_string(number); }
inline std::string argument_text(Real number) { return number_text(number.value()); }

/// "Linear<2, 32, true>".
template <class... As>
std::string with_arguments(std::string_view name, const As&... arguments) {
  std::string text = std::string(name) + "<";
  [[maybe_unused]] std::string_view before = "";
  ((text.append(before).append(argument_text(arguments)), before = ", "), ...);
  return text + ">";
}

/// How a layer is written. Here those that the library doesn't know.
template <class L>
struct Written {
  static std::string text() {
    if constexpr (requires { std::string_view(L::name); }) return std::string(L::name);
    else return "?";
  }
};

template <>
struct Written<ReLU> {
  static std::string text() { return "ReLU"; }
};
template <>
struct Written<Sigmoid> {
  static std::string text() { return "Sigmoid"; }
};
template <>
struct Written<Tanh> {
  static std::string text() { return "Tanh"; }
};
template <>
struct Written<GELU> {
  static std::string text() { return "GELU"; }
};
template <>
struct Written<SiLU> {
  static std::string text() { return "SiLU"; }
};
template <>
struct Written<Softmax> {
  static std::string text() { return "Softmax"; }
};
template <>
struct Written<Identity> {
  static std::string text() { return "Identity"; }
};
template <Real slope>
struct Written<LeakyReLU<slope>> {
  static std::string text() { return with_arguments("LeakyReLU", slope); }
};
template <Real p>
struct Written<Dropout<p>> {
  static std::string text() { return with_arguments("Dropout", p); }
};
template <std::size_t In, std::size_t Out, bool bias>
struct Written<Linear<In, Out, bias>> {
  static std::string text() { return with_arguments("Linear", In, Out, bias ? "true" : "false"); }
};
template <std::size_t N, RunningVariance running, Real momentum, Real eps>
struct Written<BatchNorm1d<N, running, momentum, eps>> {
  static std::string text() {
    return with_arguments("BatchNorm1d", N, running == unbiased ? "unbiased" : "biased", momentum, eps);
  }
};
template <class... Ls>
struct Written<Sequential<Ls...>> {
  static std::string text() { return with_arguments("Sequential", Written<Ls>::text()...); }
};
template <std::size_t N, class... Ls>
struct Written<Repeat<N, Ls...>> {
  static std::string text() { return with_arguments("Repeat", N, Written<Ls>::text()...); }
};
template <Real lambda, class... Ls>
struct Written<ResidualBlock<lambda, Ls...>> {
  static std::string text() { return with_arguments("ResidualBlock", lambda, Written<Ls>::text()...); }
};
template <Real lambda, class Shortcut, class... Ls>
struct Written<ProjectedResidualBlock<lambda, Shortcut, Ls...>> {
  static std::string text() {
    return with_arguments("ProjectedResidualBlock", lambda, Written<Shortcut>::text(), Written<Ls>::text()...);
  }
};
template <class... Ls>
struct Written<ReZeroBlock<Ls...>> {
  static std::string text() { return with_arguments("ReZeroBlock", Written<Ls>::text()...); }
};
template <class... Ls>
struct Written<HighwayBlock<Ls...>> {
  static std::string text() { return with_arguments("HighwayBlock", Written<Ls>::text()...); }
};

}  // namespace detail

/// A network's type, with every template argument: "Sequential<Linear<2, 1, true>, ReLU>". A layer of one's own is what
/// its `static constexpr std::string_view name` says, or "?".
template <class Net>
std::string signature() {
  return detail::Written<Net>::text();
}

}  // namespace evomlp
