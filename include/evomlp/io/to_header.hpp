// SPDX-License-Identifier: MIT
// to_header: a trained network as a C++ header, for programs that only predict.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/contract/layout.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/random.hpp"
#include "evomlp/core/write_file.hpp"
#include "evomlp/io/cpp_text.hpp"
#include "evomlp/io/header_options.hpp"
#include "evomlp/io/header_text.hpp"
#include "evomlp/net/first_not_finite.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/net/predict_one.hpp"
#include "evomlp/net/type_name.hpp"
#include "evomlp/version.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
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
      if (!portable::is_finite(input))
        throw DataError(concat({"to_header: the scaler's scale of feature ", j, " (counted from 0) is ",
                                scaler.scale()[j], ", expected less than numbers of the network can be"}));
      x[j] = scaler ? static_cast<T>((static_cast<double>(input) - scaler.offset()[j]) / scaler.scale()[j]) : input;
    }
    const std::span<T, out> y(test.outputs.data() + i * out, out);
    predict(ModelView<Net, T>{model.parameters().data(), model.buffers().data()}, std::span<const T, in>(x.data(), in),
            y);
    if (options.output == HeaderOutput::softmax) to_probabilities<isa::Plain>(y.data(), 1, out);
    if (options.output == HeaderOutput::sigmoid) to_probabilities<isa::Plain>(y.data(), out, 1);
    for (const T value : y) test.tolerance = (std::max)(test.tolerance, static_cast<T>(tolerance * std::abs(value)));
  }
  if (const auto bad = std::find_if_not(test.outputs.begin(), test.outputs.end(), portable::is_finite<T>);
      bad != test.outputs.end())
    throw DataError(concat(
        {"to_header: the network's outputs overflow: one of them for normal inputs is ", static_cast<double>(*bad)}));
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
  std::string type = sizeof...(Ls) == 1 ? (TypeName<Ls>::text() + ...) : TypeName<Network>::text();
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
  static_assert(TypeName<Net>::is_known,
                "evomlp::to_header: how is each layer's type written? Give one of your own `static constexpr "
                "std::string_view name = \"audio::Swish\";` or, if it is a class template, specialise evomlp::TypeName "
                "for it");
  if (options.scaler) return written_network_to<T, FeatureScaling<Net::in_features>, Net>(options.output);
  return written_network_to<T, Net>(options.output);
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
    text.append("\n").append(cpp_lines(model.values(info)));
  }
  return text;
}

template <class Net, class T>
std::string header_text(const Model<Net, T>& model, const HeaderOptions& options) {
  check_header_options<T>(options, Net::in_features, Net::out_features);
  if (const auto key = first_not_finite(model))
    throw DataError(concat({"to_header: ", *key, " has a value that is not finite"}));

  const std::string scalar = std::is_same_v<T, float> ? "float" : "double";
  const auto network = write_network<Net, T>(options);
  const auto test = make_self_test(model, options);
  const std::size_t parameters = model.num_parameters,
                    buffers = model.num_buffers + (options.scaler ? 3 * Net::in_features : 0);
  std::size_t products = 0;
  for (const ParameterInfo& info : parameter_table<Net>) products += info.rank == 2 ? info.size : 0;
  std::string includes = "#include <evomlp/inference.hpp>\n";
  for (const std::string& include : options.includes) includes += "#include \"" + include + "\"\n";

  return filled(
      header_skeleton,
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
/// A layer of your own says how its type is written (TypeName), and its header is named in `.includes`. BatchNorms cost
/// less when they are gone: to_header(fold_batchnorm(model), …).
///
/// Throws Error for invalid options, ShapeError for a scaler of another width, DataError for a scaler that
/// was not fitted and for numbers that are not finite, FileError; what was at `path` before is then unchanged.
template <class Net, class T>
void to_header(const Model<Net, T>& model, const std::filesystem::path& path, const HeaderOptions& options = {}) {
  const std::string text = detail::header_text(model, options);
  write_file(path, text);
}

}  // namespace evomlp
