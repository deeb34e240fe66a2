// SPDX-License-Identifier: MIT
// tests/reference/pytorch.safetensors holds a module that PyTorch trained a bit, and what it makes of an example.
#include "evomlp/evomlp.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <vector>

using namespace evomlp;

namespace {

using Block = ResidualBlock<0.5, Linear<4, 4>, GELU>;
using Net = Sequential<Linear<3, 4>, Tanh, BatchNorm1d<4>, Repeat<2, Block>, Linear<4, 2, false>>;

const std::filesystem::path path = std::filesystem::path(EVOMLP_TEST_DIR) / "reference" / "pytorch.safetensors";

struct Example {
  std::vector<double> x, y;
  void remember(auto& memory) {
    memory("x", x);
    memory("y", y);
  }
};

template <class T>
void check_predicts(const Model<Net, T>& model, const Example& example, double tolerance) {
  REQUIRE(example.x.size() == 15);
  REQUIRE(example.y.size() == 10);
  auto x = make_matrix<T>(5, 3);
  for (std::size_t i = 0; i < 15; ++i) x.data()[i] = static_cast<T>(example.x[i]);
  const auto y = predict(model, x);
  for (std::size_t i = 0; i < 10; ++i) CHECK(std::abs(static_cast<double>(y.data()[i]) - example.y[i]) < tolerance);
}

}  // namespace

TEST_CASE("A module of PyTorch's predicts the same here") {
  Model<Net, double> model;
  Example example;
  const LoadResult result = load(model, path, named("example", example));
  CHECK(result.missing.empty());
  CHECK(result.unexpected.empty());
  check_predicts(model, example, 1e-13);

  Model<Net> single;
  CHECK_THROWS_AS(load(single, path, named("example", example)), FileError);
  load(single, path, {.convert = true}, named("example", example));
  check_predicts(single, example, 1e-5);
}

TEST_CASE("A strict load of that file names what was not asked for") {
  Model<Net, double> model;
  CHECK_THROWS_AS(load(model, path), FileError);
  CHECK(load(model, path, {.strict = false}).unexpected == std::vector<std::string>{"example.x", "example.y"});
}
