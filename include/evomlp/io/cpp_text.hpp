// SPDX-License-Identifier: MIT
// Types, numbers and text as they are written in C++, for generated code.
#pragma once

#include "evomlp/contract/declare.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/real.hpp"
#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/dropout.hpp"
#include "evomlp/layers/feature_scaling.hpp"
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

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace evomlp {

namespace detail {

/// The literal of exactly this T: "0.1f" or "0.1". For finite numbers.
template <std::floating_point T>
std::string cpp_literal(T value) {
  std::string text = number_text<T>(value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return std::is_same_v<T, float> ? text + "f" : text;
}

/// The literal of these bytes, in ASCII, so that it doesn't depend on how the compiler reads its source.
inline std::string cpp_quoted(std::string_view bytes) {
  std::string text = "\"";
  for (const char c : bytes) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code >= 0x7F) {
      text += '\\';
      for (const int shift : {6, 3, 0}) text += static_cast<char>('0' + ((code >> shift) & 7));
    } else {
      if (c == '"' || c == '\\' || c == '?') text += '\\';  // ? because of trigraphs
      text += c;
    }
  }
  return text + "\"";
}

/// The literals of a list with a comma after each, in lines.
template <class T>
std::string cpp_lines(std::span<const T> values) {
  std::string text, line = "   ";
  for (const T value : values) {
    const std::string next = std::string(" ").append(cpp_literal(value)).append(",");
    if (line.size() + next.size() > 120) text += line + "\n", line = "   ";
    line += next;
  }
  return text + line + "\n";
}

/// A type in lines, broken after commas.
inline std::string cpp_lines(std::string_view type) {
  std::string text, line = "   ";
  while (!type.empty()) {
    const std::size_t end = (std::min)(type.find(", "), type.size() - 1) + 1;
    if (line.size() + end > 118) text += line + "\n", line = "   ";
    line.append(" ").append(type.substr(0, end));
    type.remove_prefix((std::min)(end + 1, type.size()));
  }
  return text + line;
}

inline std::string cpp_argument(std::size_t number) { return std::to_string(number); }
inline std::string cpp_argument(bool value) { return value ? "true" : "false"; }
inline std::string cpp_argument(Real number) { return cpp_literal(number.value()); }
inline std::string cpp_argument(std::string text) { return text; }

/// "evomlp::Name<first, …>".
std::string cpp_template(const char* name, const auto&... arguments) {
  std::string list;
  ((list.append(list.empty() ? "" : ", ").append(cpp_argument(arguments))), ...);
  return std::string("evomlp::").append(name).append("<").append(list).append(">");
}

template <Name name>
struct CppWord {
  static std::string text() { return std::string(name.view()); }
};

}  // namespace detail

/// How a layer's type is written: CppName<ReLU>::text() is "evomlp::ReLU". A layer of one's own says it with a member
/// `static constexpr const char* cpp_name = "audio::Swish";`, a class template of one's own with a specialisation like
/// those below.
template <class L>
struct CppName {
  static std::string text() {
    constexpr bool known = requires { L::cpp_name; };
    static_assert(
        known,
        "evomlp::to_header: how is this layer's type written? Give it `static constexpr const char* cpp_name = "
        "\"audio::Swish\";` or, if it is a class template, specialise evomlp::CppName for it");
    if constexpr (known)
      return L::cpp_name;
    else
      return {};
  }
};

template <>
struct CppName<GELU> : detail::CppWord<"evomlp::GELU"> {};
template <>
struct CppName<Identity> : detail::CppWord<"evomlp::Identity"> {};
template <>
struct CppName<ReLU> : detail::CppWord<"evomlp::ReLU"> {};
template <>
struct CppName<Sigmoid> : detail::CppWord<"evomlp::Sigmoid"> {};
template <>
struct CppName<SiLU> : detail::CppWord<"evomlp::SiLU"> {};
template <>
struct CppName<Softmax> : detail::CppWord<"evomlp::Softmax"> {};
template <>
struct CppName<Tanh> : detail::CppWord<"evomlp::Tanh"> {};

template <Real slope>
struct CppName<LeakyReLU<slope>> {
  static std::string text() { return detail::cpp_template("LeakyReLU", slope); }
};
template <Real p>
struct CppName<Dropout<p>> {
  static std::string text() { return detail::cpp_template("Dropout", p); }
};
template <std::size_t N>
struct CppName<FeatureScaling<N>> {
  static std::string text() { return detail::cpp_template("FeatureScaling", N); }
};
template <std::size_t In, std::size_t Out, bool bias>
struct CppName<Linear<In, Out, bias>> {
  static std::string text() {
    return bias ? detail::cpp_template("Linear", In, Out) : detail::cpp_template("Linear", In, Out, bias);
  }
};
template <std::size_t N, RunningVariance running, Real momentum, Real eps>
struct CppName<BatchNorm1d<N, running, momentum, eps>> {
  static std::string text() {
    const std::string variance = running == unbiased ? "evomlp::unbiased" : "evomlp::biased";
    return detail::cpp_template("BatchNorm1d", N, variance, momentum, eps);
  }
};
template <class... Ls>
struct CppName<Sequential<Ls...>> {
  static std::string text() { return detail::cpp_template("Sequential", CppName<Ls>::text()...); }
};
template <std::size_t N, class... Ls>
struct CppName<Repeat<N, Ls...>> {
  static std::string text() { return detail::cpp_template("Repeat", N, CppName<Ls>::text()...); }
};
template <Real lambda, class... Ls>
struct CppName<ResidualBlock<lambda, Ls...>> {
  static std::string text() { return detail::cpp_template("ResidualBlock", lambda, CppName<Ls>::text()...); }
};
template <Real lambda, class Shortcut, class... Ls>
struct CppName<ProjectedResidualBlock<lambda, Shortcut, Ls...>> {
  static std::string text() {
    return detail::cpp_template("ProjectedResidualBlock", lambda, CppName<Shortcut>::text(), CppName<Ls>::text()...);
  }
};
template <class... Ls>
struct CppName<ReZeroBlock<Ls...>> {
  static std::string text() { return detail::cpp_template("ReZeroBlock", CppName<Ls>::text()...); }
};
template <class... Ls>
struct CppName<HighwayBlock<Ls...>> {
  static std::string text() { return detail::cpp_template("HighwayBlock", CppName<Ls>::text()...); }
};

}  // namespace evomlp
