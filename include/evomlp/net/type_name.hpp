// SPDX-License-Identifier: MIT
// A network's type as text, the same on every compiler: what a file says about the model in it, and what generated code
// says.
#pragma once

#include "evomlp/contract/declare.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/real.hpp"
#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/dropout.hpp"
#include "evomlp/layers/elu.hpp"
#include "evomlp/layers/feature_scaling.hpp"
#include "evomlp/layers/gelu.hpp"
#include "evomlp/layers/highway_block.hpp"
#include "evomlp/layers/identity.hpp"
#include "evomlp/layers/layer_norm.hpp"
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
#include "evomlp/layers/softplus.hpp"
#include "evomlp/layers/tanh.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace evomlp {

/// How a layer's type is written in C++: TypeName<ReLU>::text() is "evomlp::ReLU". A layer of one's own says it with a
/// member, `static constexpr std::string_view name = "audio::Swish";`, a class template of one's own with a
/// specialisation like those below. Any other is "?".
template <class L>
struct TypeName {
  static constexpr bool is_known = requires { std::string_view(L::name); };

  static std::string text() {
    if constexpr (is_known)
      return std::string(std::string_view(L::name));
    else
      return "?";
  }
};

namespace detail {

inline std::string argument_text(std::string_view text) { return std::string(text); }
inline std::string argument_text(std::size_t number) { return std::to_string(number); }
inline std::string argument_text(Real number) {
  std::string text = number_text(number.value());
  constexpr std::size_t digits_of_an_int = 9;
  if (text.size() > digits_of_an_int && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

/// "evomlp::Linear<2, 32, true>".
template <class... As>
std::string with_arguments(std::string_view name, const As&... arguments) {
  std::string text = std::string("evomlp::").append(name).append("<");
  [[maybe_unused]] std::string_view before = "";
  ((text.append(before).append(argument_text(arguments)), before = ", "), ...);
  return text.append(">");
}

template <Name name>
struct Word {
  static constexpr bool is_known = true;
  static std::string text() { return std::string(name.view()); }
};

/// A template of ours, and the layers among its arguments.
template <class... Ls>
struct TemplateOf {
  static constexpr bool is_known = (TypeName<Ls>::is_known && ...);
};

}  // namespace detail

template <>
struct TypeName<GELU> : detail::Word<"evomlp::GELU"> {};
template <>
struct TypeName<Identity> : detail::Word<"evomlp::Identity"> {};
template <>
struct TypeName<ReLU> : detail::Word<"evomlp::ReLU"> {};
template <>
struct TypeName<Sigmoid> : detail::Word<"evomlp::Sigmoid"> {};
template <>
struct TypeName<SiLU> : detail::Word<"evomlp::SiLU"> {};
template <>
struct TypeName<Softmax> : detail::Word<"evomlp::Softmax"> {};
template <>
struct TypeName<Softplus> : detail::Word<"evomlp::Softplus"> {};
template <>
struct TypeName<Tanh> : detail::Word<"evomlp::Tanh"> {};

template <Real slope>
struct TypeName<LeakyReLU<slope>> : detail::TemplateOf<> {
  static std::string text() { return detail::with_arguments("LeakyReLU", slope); }
};
template <Real alpha>
struct TypeName<ELU<alpha>> : detail::TemplateOf<> {
  static std::string text() { return detail::with_arguments("ELU", alpha); }
};
template <Real p>
struct TypeName<Dropout<p>> : detail::TemplateOf<> {
  static std::string text() { return detail::with_arguments("Dropout", p); }
};
template <std::size_t N>
struct TypeName<FeatureScaling<N>> : detail::TemplateOf<> {
  static std::string text() { return detail::with_arguments("FeatureScaling", N); }
};
template <std::size_t In, std::size_t Out, bool bias>
struct TypeName<Linear<In, Out, bias>> : detail::TemplateOf<> {
  static std::string text() { return detail::with_arguments("Linear", In, Out, bias ? "true" : "false"); }
};
template <std::size_t N, RunningVariance running, Real momentum, Real eps>
struct TypeName<BatchNorm1d<N, running, momentum, eps>> : detail::TemplateOf<> {
  static std::string text() {
    const char* const variance = running == unbiased ? "evomlp::unbiased" : "evomlp::biased";
    return detail::with_arguments("BatchNorm1d", N, variance, momentum, eps);
  }
};
template <std::size_t N, Real eps>
struct TypeName<LayerNorm<N, eps>> : detail::TemplateOf<> {
  static std::string text() { return detail::with_arguments("LayerNorm", N, eps); }
};
template <class... Ls>
struct TypeName<Sequential<Ls...>> : detail::TemplateOf<Ls...> {
  static std::string text() { return detail::with_arguments("Sequential", TypeName<Ls>::text()...); }
};
template <std::size_t N, class... Ls>
struct TypeName<Repeat<N, Ls...>> : detail::TemplateOf<Ls...> {
  static std::string text() { return detail::with_arguments("Repeat", N, TypeName<Ls>::text()...); }
};
template <Real lambda, class... Ls>
struct TypeName<ResidualBlock<lambda, Ls...>> : detail::TemplateOf<Ls...> {
  static std::string text() { return detail::with_arguments("ResidualBlock", lambda, TypeName<Ls>::text()...); }
};
template <Real lambda, class Shortcut, class... Ls>
struct TypeName<ProjectedResidualBlock<lambda, Shortcut, Ls...>> : detail::TemplateOf<Shortcut, Ls...> {
  static std::string text() {
    return detail::with_arguments("ProjectedResidualBlock", lambda, TypeName<Shortcut>::text(),
                                  TypeName<Ls>::text()...);
  }
};
template <class... Ls>
struct TypeName<ReZeroBlock<Ls...>> : detail::TemplateOf<Ls...> {
  static std::string text() { return detail::with_arguments("ReZeroBlock", TypeName<Ls>::text()...); }
};
template <class... Ls>
struct TypeName<HighwayBlock<Ls...>> : detail::TemplateOf<Ls...> {
  static std::string text() { return detail::with_arguments("HighwayBlock", TypeName<Ls>::text()...); }
};

/// A network's type as files say it, TypeName without our namespace: "Sequential<Linear<2, 1, true>, ReLU>".
template <class Net>
std::string signature() {
  constexpr std::string_view ours = "evomlp::";
  std::string text = TypeName<Net>::text();
  for (std::size_t at = 0; (at = text.find(ours, at)) != std::string::npos;) text.erase(at, ours.size());
  return text;
}

}  // namespace evomlp
