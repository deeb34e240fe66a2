// SPDX-License-Identifier: MIT
// Keys, order, places and shapes of a network's parameters: PyTorch's rule for nested lists.
#include "evomlp/evomlp.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

using namespace evomlp;

namespace {

struct Expected {
  std::string_view key;
  std::size_t size, rank, in, out;
  bool trained = true;
};

/// Trained ones follow each other in the parameter buffer, the others in the buffer of untrained values.
template <class Net>
void check_table(const std::vector<Expected>& expected) {
  REQUIRE(parameter_table<Net>.size() == expected.size());
  std::size_t parameters = 0, buffers = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const ParameterInfo& got = parameter_table<Net>[i];
    const Expected& e = expected[i];
    INFO("entry ", i, " ", std::string(e.key));
    CHECK(got.key == e.key);
    CHECK(got.size == e.size);
    CHECK(got.rank == e.rank);
    CHECK(got.in == e.in);
    CHECK(got.out == e.out);
    CHECK(got.trained == e.trained);
    std::size_t& at = got.trained ? parameters : buffers;
    CHECK(got.offset == at);
    at += e.size;
  }
  CHECK(parameters == Model<Net>::num_parameters);
  CHECK(buffers == Model<Net>::num_buffers);
}

template <std::size_t n>
std::vector<std::string> strings(const std::array<std::string_view, n>& views) {
  return {views.begin(), views.end()};
}

}  // namespace

TEST_CASE("Keys of a plain list are positions; layers without parameters count") {
  using Net = Sequential<Linear<2, 3>, ReLU, Linear<3, 4, false>, BatchNorm1d<4>, Dropout<0.5>, Linear<4, 1>>;
  check_table<Net>({{"0.weight", 6, 2, 2, 3},
                    {"0.bias", 3, 1, 1, 3},
                    {"2.weight", 12, 2, 3, 4},
                    {"3.weight", 4, 1, 1, 4},
                    {"3.bias", 4, 1, 1, 4},
                    {"3.running_mean", 4, 1, 1, 4, false},
                    {"3.running_var", 4, 1, 1, 4, false},
                    {"5.weight", 4, 2, 4, 1},
                    {"5.bias", 1, 1, 1, 1}});
  CHECK(strings(layer_paths<Net>) == std::vector<std::string>{"0", "2", "3", "5"});
}

TEST_CASE("Keys of nested lists, of Repeat as one entry with N times as many modules, and of a block's body") {
  using Net = Sequential<Linear<2, 3>, ReLU, Repeat<2, ResidualBlock<5.0, Linear<3, 3>, ReLU>, Tanh>,
                         Sequential<Sequential<Identity, Linear<3, 2>>, Linear<2, 1>>>;
  check_table<Net>({{"0.weight", 6, 2, 2, 3},
                    {"0.bias", 3, 1, 1, 3},
                    {"2.0.body.0.weight", 9, 2, 3, 3},
                    {"2.0.body.0.bias", 3, 1, 1, 3},
                    {"2.2.body.0.weight", 9, 2, 3, 3},
                    {"2.2.body.0.bias", 3, 1, 1, 3},
                    {"3.0.1.weight", 6, 2, 3, 2},
                    {"3.0.1.bias", 2, 1, 1, 2},
                    {"3.1.weight", 2, 2, 2, 1},
                    {"3.1.bias", 1, 1, 1, 1}});
  CHECK(strings(layer_paths<Net>) == std::vector<std::string>{"0", "2.0.body.0", "2.2.body.0", "3.0.1", "3.1"});
}

TEST_CASE("Keys of the other blocks: shortcut, gate, alpha") {
  using Net = Sequential<ProjectedResidualBlock<1, Linear<2, 3>, Linear<2, 3>, ReLU>, ReZeroBlock<Linear<3, 3, false>>,
                         HighwayBlock<Linear<3, 3, false>>,
                         ProjectedResidualBlock<1, Sequential<Linear<3, 1>, BatchNorm1d<1>>, Linear<3, 1, false>>>;
  check_table<Net>({{"0.shortcut.weight", 6, 2, 2, 3},
                    {"0.shortcut.bias", 3, 1, 1, 3},
                    {"0.body.0.weight", 6, 2, 2, 3},
                    {"0.body.0.bias", 3, 1, 1, 3},
                    {"1.alpha", 1, 1, 1, 1},
                    {"1.body.0.weight", 9, 2, 3, 3},
                    {"2.gate.weight", 9, 2, 3, 3},
                    {"2.gate.bias", 3, 1, 1, 3},
                    {"2.body.0.weight", 9, 2, 3, 3},
                    {"3.shortcut.0.weight", 3, 2, 3, 1},
                    {"3.shortcut.0.bias", 1, 1, 1, 1},
                    {"3.shortcut.1.weight", 1, 1, 1, 1},
                    {"3.shortcut.1.bias", 1, 1, 1, 1},
                    {"3.shortcut.1.running_mean", 1, 1, 1, 1, false},
                    {"3.shortcut.1.running_var", 1, 1, 1, 1, false},
                    {"3.body.0.weight", 3, 2, 3, 1}});
  CHECK(strings(layer_paths<Net>) == std::vector<std::string>{"0.shortcut", "0.body.0", "1", "1.body.0", "2.gate",
                                                              "2.body.0", "3.shortcut.0", "3.shortcut.1", "3.body.0"});
}

TEST_CASE("Keys of the net in the README: 2.0.body.0 to 2.7.body.0") {
  using Net = Sequential<Linear<2, 32>, ReLU, Repeat<8, ResidualBlock<5.0, Linear<32, 32>, ReLU>>, Linear<32, 1>>;
  CHECK(parameter_table<Net>.size() == 20);
  CHECK(parameter_table<Net>[2].key == "2.0.body.0.weight");
  CHECK(parameter_table<Net>[17].key == "2.7.body.0.bias");
  CHECK(parameter_table<Net>[17].offset + 32 + 32 + 1 == 8577);
  CHECK(parameter_table<Net>[18].key == "3.weight");
}

TEST_CASE("Positions of two and three digits") {
  using Net = Sequential<Repeat<101, Linear<1, 1, false>>>;
  CHECK(parameter_table<Net>[9].key == "0.9.weight");
  CHECK(parameter_table<Net>[10].key == "0.10.weight");
  CHECK(parameter_table<Net>[100].key == "0.100.weight");
}

TEST_CASE("A layer as a network has its bare names, and a net without parameters an empty table") {
  CHECK(parameter_table<Linear<2, 1>>[0].key == "weight");
  CHECK(parameter_table<ResidualBlock<1, Linear<2, 2>>>[1].key == "body.0.bias");
  CHECK(strings(layer_paths<Linear<2, 1>>) == std::vector<std::string>{""});
}

TEST_CASE("Every parameter knows its layer in layer_paths") {
  using Net = Sequential<Linear<2, 3>, BatchNorm1d<3>, ReZeroBlock<Linear<3, 3>>, Linear<3, 1>>;
  for (const ParameterInfo& info : parameter_table<Net>) {
    const std::string path(layer_paths<Net>[info.layer]);
    CHECK(info.key.substr(0, path.size() + 1) == path + ".");
    CHECK(info.key.substr(path.size() + 1).find('.') == std::string_view::npos);
  }
}
