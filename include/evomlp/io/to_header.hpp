// SPDX-License-Identifier: MIT
// to_header: a trained network as a C++ header, for programs that only predict.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/contract/layout.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/random.hpp"
#include "evomlp/core/write_file.hpp"
#include "evomlp/io/cpp_text.hpp"
#include "evomlp/io/header_options.hpp"
#include "evomlp/net/first_not_finite.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/net/predict_one.hpp"
#include "evomlp/version.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp {

namespace detail {

/// Samples for the self-test and what the network gives of them.
template <class T>
struct SelfTest {
  std::size_t count;
  std::vector<T> inputs, outputs;
  T tolerance = 0;
};

/// Normal inputs, where the scaler expects them; by the same code that the header's reader runs.
template <class Net, class T>
SelfTest<T> make_self_test(const Model<Net, T>& model, const HeaderOptions& options) {
  constexpr std::size_t in = Net::in_features, out = Net::out_features;
  constexpr double tolerance = std::is_same_v<T, float> ? 1e-4 : 1e-10;
  constexpr std::size_t count = std::clamp<std::size_t>(64 / in, 1, 8);
  SelfTest<T> test{count, std::vector<T>(count * in), std::vector<T>(count * out)};
  const Random random(1, Stream::data);
  for (std::size_t i = 0; i < test.count; ++i) {
    std::vector<T> x(in);
    for (std::size_t j = 0; j < in; ++j) {
      const double normal = random.normal(i * in + j);
      const auto& scaler = options.scaler;
      T& input = test.inputs[i * in + j];
      input = static_cast<T>(scaler ? normal * scaler.scale()[j] + scaler.offset()[j] : normal);
      x[j] = scaler ? static_cast<T>((static_cast<double>(input) - scaler.offset()[j]) / scaler.scale()[j]) : input;
    }
    const std::span<T, out> y(test.outputs.data() + i * out, out);
    predict(ModelView<Net, T>{model.parameters().data(), model.buffers().data()}, std::span<const T, in>(x.data(), in), y);
    if (options.output == HeaderOutput::softmax) to_probabilities<isa::Plain>(y.data(), 1, out);
    if (options.output == HeaderOutput::sigmoid) to_probabilities<isa::Plain>(y.data(), out, 1);
    for (const T value : y) test.tolerance = (std::max)(test.tolerance, static_cast<T>(tolerance * std::abs(value)));
  }
  if (const auto bad = std::find_if_not(test.outputs.begin(), test.outputs.end(), portable::is_finite<T>);
      bad != test.outputs.end())
    throw DataError(std::string("to_header: the network's outputs overflow: one of them for normal inputs is ") +
                    number_text(static_cast<double>(*bad)));
  return test;
}

/// The network with what stands before and after it.
struct WrittenNetwork {
  std::string type;
  std::size_t scratch;  // bytes
};

template <class T, class... Ls>
WrittenNetwork written_network() {
  using Network = Sequential<Ls...>;
  std::string type = sizeof...(Ls) == 1 ? (CppName<Ls>::text() + ...) : CppName<Network>::text();
  return {std::move(type), Network::layout.scratch.prediction(1) * sizeof(T)};
}

template <class T, class... Ls>
WrittenNetwork written_network_to(HeaderOutput output) {
  if (output == HeaderOutput::sigmoid) return written_network<T, Ls..., Sigmoid>();
  if (output == HeaderOutput::softmax) return written_network<T, Ls..., Softmax>();
  return written_network<T, Ls...>();
}

template <class Net, class T>
WrittenNetwork write_network(const HeaderOptions& options) {
  if (options.scaler) return written_network_to<T, FeatureScaling<Net::in_features>, Net>(options.output);
  return written_network_to<T, Net>(options.output);
}

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
inline std::string array_text(const std::string& scalar, const char* name, std::size_t count, const std::string& lines) {
  if (count == 0) return {};
  return "inline constexpr " + scalar + " " + name + "[" + std::to_string(count) + "] = {\n" + lines + "};\n";
}

/// The parameters, or the buffers, each below its key.
template <class Net, class T>
std::string values_text(const Model<Net, T>& model, bool trained) {
  std::string text;
  for (const ParameterInfo& info : parameter_table<Net>) {
    if (info.trained != trained) continue;
    text.append("    // ").append(info.key);
    if (info.rank == 2)
      text.append(" [").append(std::to_string(info.in)).append(", ").append(std::to_string(info.out)).append("]");
    const auto values = (trained ? model.parameters() : model.buffers()).subspan(info.offset, info.size);
    text.append("\n").append(cpp_lines(values));
  }
  return text;
}

/// A scaler's numbers as the buffers of a FeatureScaling.
template <class T>
std::string scaler_text(const HeaderScaler& scaler) {
  std::vector<T> offset, rest, scale;
  for (std::size_t i = 0; i < scaler.scale().size(); ++i) {
    offset.push_back(static_cast<T>(scaler.offset()[i]));
    rest.push_back(static_cast<T>(scaler.offset()[i] - static_cast<double>(offset[i])));
    scale.push_back(static_cast<T>(scaler.scale()[i]));
  }
  std::string text = "    // the scaler's offset, what it lacks when rounded, and scale\n";
  for (const auto* values : {&offset, &rest, &scale}) text += cpp_lines(std::span<const T>(*values));
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
                 {"rule", outputs == 1 ? "1 where the output is above " + border + ", else 0" : "the largest output's"},
                 {"scalar", scalar},
                 {"choice", outputs == 1 ? "  return y[0] > " + border + " ? 1 : 0;\n"
                                         : "  std::size_t largest = 0;\n"
                                           "  for (std::size_t i = 1; i < outputs; ++i)\n"
                                           "    if (y[i] > y[largest]) largest = i;\n"
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

inline constexpr std::string_view header_skeleton = R"(// A trained network, written by to_header of EvoMLP @version@: not to be edited.
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

template <class Net, class T>
std::string header_text(const Model<Net, T>& model, const HeaderOptions& options) {
  check_header_options<T>(options, Net::in_features, Net::out_features);
  if (const auto key = first_not_finite(model))
    throw DataError(std::string("to_header: ").append(*key).append(" has a value that is not finite"));

  const std::string scalar = std::is_same_v<T, float> ? "float" : "double";
  const auto network = write_network<Net, T>(options);
  const auto test = make_self_test(model, options);
  const std::size_t parameters = model.num_parameters,
                    buffers = model.num_buffers + (options.scaler ? 3 * Net::in_features : 0);
  std::size_t products = 0;
  for (const ParameterInfo& info : parameter_table<Net>) products += info.rank == 2 ? info.size : 0;
  std::string includes = "#include <evomlp/inference.hpp>\n";
  for (const std::string& include : options.includes) includes += "#include \"" + include + "\"\n";

  return filled(header_skeleton,
                {{"version", EVOMLP_VERSION},
                 {"in", std::to_string(Net::in_features)},
                 {"before", options.scaler ? ", scaled" : ""},
                 {"out", std::to_string(Net::out_features)},
                 {"after", options.output == HeaderOutput::softmax   ? ", through softmax"
                           : options.output == HeaderOutput::sigmoid ? ", through a sigmoid"
                                                                     : ""},
                 {"numbers", std::to_string(parameters + buffers)},
                 {"bytes", std::to_string((parameters + buffers) * sizeof(T))},
                 {"products", std::to_string(products)},
                 {"scratch", std::to_string(network.scratch)},
                 {"includes", includes},
                 {"name", options.name},
                 {"type", cpp_lines(network.type)},
                 {"scalar", scalar},
                 {"arrays", array_text(scalar, "parameters", parameters, values_text(model, true)) +
                                array_text(scalar, "buffers", buffers,
                                           (options.scaler ? scaler_text<T>(options.scaler) : "") + values_text(model, false))},
                 {"parameter_count", std::to_string(parameters)},
                 {"buffer_count", std::to_string(buffers)},
                 {"parameters", parameters == 0 ? "nullptr" : "parameters"},
                 {"buffers", buffers == 0 ? "nullptr" : "buffers"},
                 {"classes", classes_text(options, scalar, Net::out_features)},
                 {"tests", std::to_string(test.count)},
                 {"test_inputs", rows_text(test.inputs, Net::in_features)},
                 {"test_outputs", rows_text(test.outputs, Net::out_features)},
                 {"tolerance", cpp_literal(test.tolerance)}});
}

}  // namespace detail

/// Writes the model as a C++ header that needs evomlp/inference.hpp alone: in the namespace `.name` the weights as
/// constexpr arrays, `predict(x, y)`, `self_test()`, and, with names of classes, `class_names` and `predict_class(x)`.
/// Numbers are exact, and the text doesn't depend on the locale.
///
///     to_header(model, "circles.hpp", {.name = "circles", .output = HeaderOutput::sigmoid});
///     float y[1];
///     circles::predict(x, y);           // elsewhere: #include "circles.hpp"
///
/// A layer of your own says how its type is written (CppName), and its header is named in `.includes`. BatchNorms cost
/// less when they are gone: to_header(fold_batchnorm(model), …).
///
/// Throws Error for options that can't be meant, ShapeError for a scaler of another width, DataError for a scaler that
/// was not fitted and for numbers that are not finite, FileError; what was at `path` before is then unchanged.
template <class Net, class T>
void to_header(const Model<Net, T>& model, const std::filesystem::path& path, const HeaderOptions& options = {}) {
  const std::string text = detail::header_text(model, options);
  write_file(path, std::as_bytes(std::span(text)));
}

}  // namespace evomlp
