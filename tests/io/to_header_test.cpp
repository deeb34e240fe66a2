// SPDX-License-Identifier: MIT
// What stands in a header, and what is refused. tests/embedded compiles and runs such headers.
#include "evomlp/io/to_header.hpp"

#include "evomlp/core/read_file.hpp"
#include "evomlp/data/min_max_scaler.hpp"
#include "evomlp/data/standard_scaler.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

using namespace evomlp;
using evomlp_test::contains;
using evomlp_test::message_of;

namespace audio {

/// A user's activation that says how it is written.
struct Swish {
  static constexpr std::string_view name = "audio::Swish";
  static auto value(auto z) { return z / (1 + exp(-z)); }
  static auto slope(auto z) {
    const auto s = 1 / (1 + exp(-z));
    return s * (1 + z * (1 - s));
  }
};

}  // namespace audio

namespace {

using Net = Sequential<Linear<2, 3>, ReLU, Linear<3, 2>>;

template <class N, class T>
std::string text_of(const Model<N, T>& model, const HeaderOptions& options = {}) {
  const TemporaryFolder folder;
  to_header(model, folder.path() / "header.hpp", options);
  const auto bytes = read_file(folder.path() / "header.hpp");
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The numbers between the braces of the array that begins so.
std::vector<std::string> literals(const std::string& text, const std::string& array) {
  std::vector<std::string> found;
  std::size_t at = text.find(array);
  REQUIRE(at != std::string::npos);
  at = text.find_first_not_of(" \n", text.find('{', at) + 1);
  while (text[at] != '}') {
    const bool comment = text.compare(at, 2, "//") == 0;
    const std::size_t end = text.find(comment ? '\n' : ',', at);
    if (!comment) found.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(" \n", end + 1);
  }
  return found;
}

template <class Scaler>
Scaler fitted(std::size_t features) {
  auto x = make_matrix<double>(3, features);
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<double>(i * i);
  Scaler scaler;
  scaler.fit(x);
  return scaler;
}

}  // namespace

TEST_CASE_TEMPLATE("every literal is its number again, to the bit", T, float, double) {
  Model<Sequential<Linear<40, 50>>, T> model;
  std::uint64_t bits = 1;
  for (T& value : model.parameters()) {
    do {
      bits = bits * 6364136223846793005u + 1442695040888963407u;
      if constexpr (sizeof(T) == 4)
        value = std::bit_cast<float>(static_cast<std::uint32_t>(bits >> 32));
      else
        value = std::bit_cast<double>(bits);
    } while (!std::isfinite(value) || std::abs(value) > 1e30);  // the outputs shall not overflow
  }
  model.parameters()[0] = T(-0.0);
  model.parameters()[1] = std::numeric_limits<T>::denorm_min();
  model.parameters()[2] = 5;
  const auto written = literals(text_of(model), "parameters[2050]");
  REQUIRE(written.size() == 2050);
  CHECK(written[0] == (sizeof(T) == 4 ? "-0.0f" : "-0.0"));
  CHECK(written[2] == (sizeof(T) == 4 ? "5.0f" : "5.0"));
  for (std::size_t i = 0; i < written.size(); ++i) {
    const std::string number = written[i].substr(0, written[i].size() - (sizeof(T) == 4));
    CHECK((written[i].back() == 'f') == (sizeof(T) == 4));
    const T value = sizeof(T) == 4 ? static_cast<T>(std::strtof(number.c_str(), nullptr))
                                   : static_cast<T>(std::strtod(number.c_str(), nullptr));
    CHECK(value == model.parameters()[i]);
    CHECK(std::signbit(value) == std::signbit(model.parameters()[i]));
  }
}

TEST_CASE("the comment, the names, the arrays") {
  const Model<Net> model(init::he_normal(), 1);
  const std::string plain = text_of(model);
  CHECK(contains(plain,
                 "//   inputs           2\n//   outputs          2\n//   numbers          17, constant, used where "
                 "they lie: 68 bytes\n"
                 "//   multiply-adds    12 a call\n//   on the stack     12 bytes"));
  CHECK(contains(plain, "namespace model {"));
  CHECK(contains(plain, "    // 0.weight [2, 3]\n"));
  CHECK(contains(plain, "inline constexpr float self_test_inputs[8][inputs]"));
  CHECK(!contains(plain, "class"));
  CHECK(!contains(plain, "buffers["));
  CHECK(text_of(model) == plain);

  const auto scaler = fitted<StandardScaler>(2);
  const std::string full = text_of(model, {.name = "thing_2",
                                           .scaler = &scaler,
                                           .output = HeaderOutput::softmax,
                                           .classes = {"a\"b\\?", "é\n1"},
                                           .includes = {"my/layer.hpp"}});
  CHECK(contains(
      full, "//   inputs           2, scaled\n//   outputs          2, through softmax\n//   numbers          23"));
  CHECK(contains(full, "#include <evomlp/inference.hpp>\n#include \"my/layer.hpp\"\n"));
  CHECK(contains(full, "namespace thing_2 {"));
  CHECK(contains(full, "evomlp::Sequential<evomlp::FeatureScaling<2>, " + TypeName<Net>::text().substr(0, 50)));
  CHECK(contains(full, R"(class_names[2] = {"a\"b\\\?", "\303\251\0121"})"));
  CHECK(contains(full, "float buffers[6]"));

  Model<Sequential<Linear<2, 1>>, double> single(init::he_normal(), 1);
  CHECK(contains(text_of(single, {.output = HeaderOutput::sigmoid, .classes = {"no", "yes"}}),
                 "return y[0] > 0.5 ? 1 : 0;"));
  CHECK(contains(text_of(single, {.classes = {"no", "yes"}}), "return y[0] > 0 ? 1 : 0;"));
  CHECK(contains(text_of(single), "inline constexpr double parameters[3]"));
}

TEST_CASE("a MinMaxScaler, and a scaler's offset in two floats") {
  const Model<Net> model(init::he_normal(), 1);
  StandardScaler scaler;
  auto x = make_matrix<double>(2, 2);
  x(0, 0) = x(1, 0) = 0.1;
  x(0, 1) = 1, x(1, 1) = 3;
  scaler.fit(x);
  const auto numbers = literals(text_of(model, {.scaler = &scaler}), "buffers[6]");
  REQUIRE(numbers.size() == 6);
  CHECK(numbers[0] == "0.1f");
  CHECK(std::strtod(numbers[2].c_str(), nullptr) == doctest::Approx(0.1 - static_cast<double>(0.1f)));
  CHECK(numbers[1] == "2.0f");
  CHECK(numbers[5] == "1.0f");
  const auto min_max = fitted<MinMaxScaler>(2);
  CHECK(literals(text_of(model, {.scaler = &min_max}), "buffers[6]")[4] == "16.0f");  // 0 to 16
}

TEST_CASE("what can't be written is refused, and the old file stays") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "header.hpp";
  Model<Net> model(init::he_normal(), 1);
  to_header(model, path, {.name = "old"});
  const auto old = read_file(path);
  const auto refused = [&]<class E = Error>(const HeaderOptions& options) {
    const std::string message = message_of<E>([&] { to_header(model, path, options); });
    CHECK(read_file(path) == old);
    return message;
  };
  for (const char* name : {"", "2d", "a-b", "a::b", "class", "std", "evomlp", "a__b", "näme", "linux", "gamma", "log",
                           "int8_t", "INFINITY"})
    CHECK(refused({.name = name}) ==
          "to_header: the name is '" + std::string(name) + "', expected a name that C++ allows for a namespace");
  CHECK(refused({.classes = {"a"}}) == "to_header: got the names of 1 classes, expected 2 for 2 outputs");
  CHECK(contains(refused({.includes = {"a\"b"}}), "can't be the name of a header"));
  const StandardScaler fresh;
  const auto wide = fitted<StandardScaler>(3);
  CHECK(refused.operator()<DataError>({.scaler = &fresh}) ==
        "to_header: the scaler has not seen any data: call its fit first");
  CHECK(refused.operator()<ShapeError>({.scaler = &wide}) ==
        "to_header: the scaler has 3 features, expected 2, the inputs of the network");

  auto far = make_matrix<double>(2, 2);
  far.fill(1);
  far(0, 1) = 1e300;
  StandardScaler too_large;
  too_large.fit(far);
  CHECK(contains(refused.operator()<DataError>({.scaler = &too_large}),
                 "feature 1 (counted from 0) is no number for a network of float"));
  far(0, 1) = 6e38;
  StandardScaler large;  // of a scale that float can hold, of inputs that it can't
  large.fit(far);
  CHECK(contains(refused.operator()<DataError>({.scaler = &large}),
                 "the scaler's scale of feature 1 (counted from 0) is 3e+38"));

  model.parameters()[6] = std::numeric_limits<float>::quiet_NaN();
  CHECK(refused.operator()<DataError>({}) == "to_header: 0.bias has a value that is not finite");
  model.parameters()[6] = 0;
  for (float& value : model.parameters()) value = 3e38f;
  CHECK(contains(refused.operator()<DataError>({}), "the network's outputs overflow"));

  const Model<Sequential<Linear<2, 1>>> single;
  CHECK(contains(message_of([&] { to_header(single, path, {.output = HeaderOutput::softmax}); }),
                 "expected HeaderOutput::sigmoid"));
  CHECK(contains(message_of<FileError>([&] { to_header(single, folder.path() / "no" / "such.hpp"); }), "such.hpp"));
}
