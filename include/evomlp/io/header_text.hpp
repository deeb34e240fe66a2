// SPDX-License-Identifier: MIT
// The text of a header, piece by piece.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/io/cpp_text.hpp"
#include "evomlp/io/header_options.hpp"
#include "evomlp/net/with_scaling.hpp"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// A skeleton with "@key@" replaced.
inline std::string filled(std::string_view skeleton,
                          std::initializer_list<std::pair<std::string_view, std::string>> values) {
  std::string text;
  while (!skeleton.empty()) {
    const std::size_t open = (std::min)(skeleton.find('@'), skeleton.size());
    text.append(skeleton.substr(0, open));
    skeleton.remove_prefix((std::min)(open + 1, skeleton.size()));
    const std::size_t close = skeleton.find('@');
    for (const auto& [key, value] : values)
      if (skeleton.substr(0, close) == key) text += value;
    skeleton.remove_prefix(close == std::string_view::npos ? skeleton.size() : close + 1);
  }
  return text;
}

/// "inline constexpr float name[3] = {…};", or nothing for an empty one, which C++ has not.
inline std::string array_text(const std::string& scalar, const char* name, std::size_t count,
                              const std::string& lines) {
  if (count == 0) return {};
  return concat({"inline constexpr ", scalar, " ", name, "[", count, "] = {\n", lines, "};\n"});
}

/// A scaler's numbers as the buffers of a FeatureScaling.
template <class T>
std::string scaler_text(const HeaderScaler& scaler) {
  const std::vector<T> buffers = scaling_buffers<T>(scaler.offset(), scaler.scale());
  const std::size_t features = scaler.scale().size();
  std::string text = "    // the scaler's offset, what it lacks when rounded, and scale\n";
  for (std::size_t i = 0; i < 3; ++i) text += cpp_lines(std::span(buffers).subspan(i * features, features));
  return text;
}

/// The names of the classes, and which of them an input belongs to.
inline std::string classes_text(const HeaderOptions& options, const std::string& scalar, std::size_t outputs) {
  if (options.classes.empty()) return {};
  std::string names;
  for (const std::string& name : options.classes) names.append(names.empty() ? "" : ", ").append(cpp_quoted(name));
  const std::string border = options.output == HeaderOutput::sigmoid ? "0.5" : "0";
  return filled(R"(
inline constexpr const char* class_names[@count@] = {@names@};

/// The class of x, an index into class_names: @rule@.
inline std::int32_t predict_class(std::span<const @scalar@, inputs> x) noexcept {
  @scalar@ y[outputs];
  predict(x, y);
@choice@}
)",
                {{"count", std::to_string(options.classes.size())},
                 {"names", names},
                 {"rule", outputs == 1 ? "1 where the output is above " + border + ", else 0"
                                       : "the largest output's, or the first NaN's"},
                 {"scalar", scalar},
                 {"choice", outputs == 1 ? "  return y[0] > " + border + " ? 1 : 0;\n"
                                         : "  std::size_t largest = 0;\n"
                                           "  for (std::size_t i = 1; i < outputs && y[largest] == y[largest]; ++i)\n"
                                           "    if (!(y[i] <= y[largest])) largest = i;  // also a NaN\n"
                                           "  return static_cast<std::int32_t>(largest);\n"}});
}

/// Rows of `cols` numbers, in braces.
template <class T>
std::string rows_text(const std::vector<T>& values, std::size_t cols) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); i += cols) {
    const std::string lines = cpp_lines(std::span<const T>(values.data() + i, cols));  // four spaces, ..., a line's end
    text.append("    {").append(lines, 4, lines.size() - 5).append("},\n");
  }
  return text;
}

inline constexpr std::string_view header_skeleton =
    R"(// A trained network, written by to_header of EvoMLP @version@: not to be edited.
//
//   inputs           @in@@before@
//   outputs          @out@@after@
//   numbers          @numbers@, constant, used where they lie: @bytes@ bytes
//   multiply-adds    @products@ a call
//   on the stack     @scratch@ bytes for what passes from layer to layer
#pragma once

@includes@
#include <cstddef>
#include <cstdint>
#include <span>

namespace @name@ {

using Network =
@type@;
inline constexpr std::size_t inputs = Network::in_features, outputs = Network::out_features;

// In the order of evomlp::parameter_table<Network>; a weight lies as [in, out].
@arrays@static_assert(evomlp::ModelView<Network, @scalar@>::num_parameters == @parameter_count@);
static_assert(evomlp::ModelView<Network, @scalar@>::num_buffers == @buffer_count@);

/// y = Network(x). No heap, no exceptions; x and y must not overlap.
inline void predict(std::span<const @scalar@, inputs> x, std::span<@scalar@, outputs> y) noexcept {
  evomlp::predict(evomlp::ModelView<Network, @scalar@>{@parameters@, @buffers@}, x, y);
}
@classes@
// Samples, and what the network made of them where this was written.
inline constexpr @scalar@ self_test_inputs[@tests@][inputs] = {
@test_inputs@};
inline constexpr @scalar@ self_test_outputs[@tests@][outputs] = {
@test_outputs@};

/// Whether the network says the same here, to rounding.
inline bool self_test() noexcept {
  constexpr @scalar@ tolerance = @tolerance@;
  for (std::size_t i = 0; i < @tests@; ++i) {
    @scalar@ y[outputs];
    predict(self_test_inputs[i], y);
    for (std::size_t j = 0; j < outputs; ++j) {
      const @scalar@ difference = y[j] - self_test_outputs[i][j];
      if (!(difference <= tolerance && difference >= -tolerance)) return false;
    }
  }
  return true;
}

}  // namespace @name@
)";

}  // namespace evomlp::detail
