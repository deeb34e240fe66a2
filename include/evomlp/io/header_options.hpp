// SPDX-License-Identifier: MIT
// What to_header is told, and whether it is valid.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/net/with_scaling.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace evomlp {

/// What happens to a network's outputs in a header.
enum class HeaderOutput {
  as_it_is,
  sigmoid,  ///< each output through σ: networks trained with BCEWithLogitsLoss
  softmax   ///< probabilities of classes: networks trained with CrossEntropyLoss
};

/// A fitted scaler, made from its address: StandardScaler, MinMaxScaler, or whatever has `offset()` and `scale()` for
/// (x - offset) / scale. It must live until to_header returns.
class HeaderScaler {
 public:
  HeaderScaler() = default;

  template <class S>
    requires requires(const S& scaler) { scaler.offset()[0], scaler.scale()[0]; }
  HeaderScaler(const S* scaler) {
    if (scaler) offset_ = &scaler->offset(), scale_ = &scaler->scale();
  }

  explicit operator bool() const { return offset_ != nullptr; }
  const std::vector<double>& offset() const { return *offset_; }
  const std::vector<double>& scale() const { return *scale_; }

 private:
  const std::vector<double>*offset_ = nullptr, *scale_ = nullptr;
};

struct HeaderOptions {
  std::string name = "model";                    ///< the namespace in which everything lies
  HeaderScaler scaler = {};                      ///< `&scaler`: what the inputs went through in training
  HeaderOutput output = HeaderOutput::as_it_is;  ///< what the outputs go through
  std::vector<std::string> classes = {};         ///< their names, in the order of the outputs; two for a single output
  std::vector<std::string> includes = {};        ///< headers of layers of your own, as in #include "…"
};

namespace detail {

inline bool is_cpp_name(std::string_view name) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", digits = "0123456789";
  constexpr std::string_view taken =
      " alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class "
      "compl "
      "concept const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype default "
      "delete do "
      "double dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable "
      "namespace "
      "new noexcept not not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires "
      "return "
      "short signed sizeof static static_assert static_cast struct switch template this thread_local throw true try "
      "typedef "
      "typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq evomlp main std "
      "linux unix "  // macros of GNU's dialects
      // of <cmath>, <cstddef> and <cstdint>, which C libraries declare in the global namespace too
      "abs acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh div erf erfc exp exp2 expm1 fabs fdim "
      "floor fma "
      "fmax fmin fmod frexp gamma hypot ilogb isfinite isinf isnan isnormal j0 j1 jn ldexp lgamma llrint llround log "
      "log10 "
      "log1p log2 logb lrint lround modf nan nearbyint nextafter nexttoward pow remainder remquo rint round scalb "
      "scalbln "
      "scalbn signbit signgam significand sin sinh sqrt tan tanh tgamma trunc y0 y1 yn "
      "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t intptr_t uintptr_t intmax_t uintmax_t size_t "
      "ptrdiff_t max_align_t nullptr_t float_t double_t NULL NAN INFINITY HUGE_VAL EOF ";
  if (name.empty() || letters.find(name[0]) == std::string_view::npos) return false;
  for (const char c : name)
    if (letters.find(c) == std::string_view::npos && digits.find(c) == std::string_view::npos) return false;
  return name.find("__") == std::string_view::npos &&
         taken.find(std::string(" ").append(name).append(" ")) == std::string_view::npos;
}

/// Throws what to_header says it throws, but for the file's.
template <class T>
void check_header_options(const HeaderOptions& options, std::size_t inputs, std::size_t outputs) {
  if (!is_cpp_name(options.name))
    throw Error(
        concat({"to_header: the name is '", options.name, "', expected a name that C++ allows for a namespace"}));
  for (const std::string& include : options.includes)
    if (include.empty() || include.find_first_of("\"\\\r\n") != std::string::npos)
      throw Error(concat({"to_header: '", include, "' can't be the name of a header in #include \"…\""}));
  if (options.output == HeaderOutput::softmax && outputs == 1)
    throw Error("to_header: softmax of a single output is always 1; expected HeaderOutput::sigmoid");
  const std::size_t classes = outputs == 1 ? 2 : outputs;
  if (!options.classes.empty() && options.classes.size() != classes)
    throw Error(concat({"to_header: got the names of ", options.classes.size(), " classes, expected ", classes, " for ",
                        outputs, " outputs"}));
  if (options.scaler) require_scaling<T>("to_header", options.scaler.offset(), options.scaler.scale(), inputs);
}

}  // namespace detail
}  // namespace evomlp
