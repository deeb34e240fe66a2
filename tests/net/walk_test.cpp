// SPDX-License-Identifier: MIT
#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"
#include "support/close.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using namespace evomlp;
using evomlp_test::difference;
using evomlp_test::normal_batch;

namespace {

using Net =
    Sequential<Linear<3, 4>, ReLU, Repeat<2, ResidualBlock<0.5, Linear<4, 4>, ReLU>>, Sequential<Tanh, Linear<4, 2>>>;

/// Writes down who was visited.
struct Names {
  std::vector<std::string> paths, leaves;
  void operator()(const auto& node, const auto& x, const auto& y) {
    paths.emplace_back(node.path);
    if (node.is_leaf) leaves.emplace_back(node.path);
    CHECK(x.rows == 5);
    CHECK(y.rows == 5);
  }
};

/// Skips the layer at one path.
struct Without {
  std::string_view path;
  void operator()(auto&&...) const {}
  bool skip(const auto& node) const { return node.path == path; }
};

/// Puts other layers in two places.
struct Swap {
  std::string_view a, b;
  std::size_t in_place_of_a, in_place_of_b;
  void operator()(auto&&...) const {}
  std::size_t choose(std::string_view path, std::size_t index) const {
    return path == a ? in_place_of_a : path == b ? in_place_of_b : index;
  }
};

template <class N, class T>
Tensor<T> walked(const Model<N, T>& model, const Tensor<T>& x, auto visitor) {
  Workspace<N, T> workspace(16);
  return walk(model, workspace, x, visitor);
}

}  // namespace

TEST_CASE("walk visits in the order of execution: what is inside a block before the block, the network last") {
  const Model<Net, double> model(init::he_normal(), 1);
  Names names;
  Workspace<Net, double> workspace(16);
  walk(model, workspace, normal_batch<double>(5, 3, 1), names);
  CHECK(names.leaves ==
        std::vector<std::string>{"0", "1", "2.0.body.0", "2.0.body.1", "2.1.body.0", "2.1.body.1", "3.0", "3.1"});
  CHECK(names.paths == std::vector<std::string>{"0", "1", "2.0.body.0", "2.0.body.1", "2.0.body", "2.0", "2.1.body.0",
                                                "2.1.body.1", "2.1.body", "2.1", "3.0", "3.1", ""});
}

TEST_CASE("walk shows what enters and what leaves, and the layer's own numbers") {
  const Model<Net, double> model(init::he_normal(), 1);
  Workspace<Net, double> workspace(16);
  const auto x = normal_batch<double>(5, 3, 1);
  std::size_t looked_at = 0;
  const auto y = walk(model, workspace, x, [&](const auto& node, const auto& in, const auto& out) {
    using L = typename std::remove_cvref_t<decltype(node)>::Layer;
    if (node.path == "1") {
      for (std::size_t i = 0; i < 5; ++i)
        for (std::size_t j = 0; j < 4; ++j) CHECK(out(i, j) == (std::max)(in(i, j), 0.0));
      ++looked_at;
    }
    if constexpr (std::is_same_v<L, Linear<4, 2>>) {
      CHECK(node.path == "3.1");
      CHECK(node.self[L::weight](3, 1) == parameter<"3.1.weight">(model)(1, 3));
      CHECK(node.self[L::bias].size == 2);
      ++looked_at;
    }
    if constexpr (std::is_same_v<L, ResidualBlock<0.5, Linear<4, 4>, ReLU>>) CHECK(!node.is_leaf);
    if (node.path.empty()) {
      CHECK(in.cols == 3);
      CHECK(out(4, 1) == predict(model, x)(4, 1));
      ++looked_at;
    }
  });
  CHECK(looked_at == 3);
  CHECK(difference(y, predict(model, x)) < 1e-14);
}

TEST_CASE("Skipping a residual block is the identity in its place") {
  const Model<Net, double> model(init::he_normal(), 1);
  const auto x = normal_batch<double>(5, 3, 1);
  using Shorter =
      Sequential<Linear<3, 4>, ReLU, ResidualBlock<0.5, Linear<4, 4>, ReLU>, Sequential<Tanh, Linear<4, 2>>>;
  const auto without = [&](std::size_t block) {
    Model<Shorter, double> shorter;
    auto to = shorter.parameters().begin();
    for (const ParameterInfo& info : parameter_table<Net>)
      if (!info.key.starts_with("2." + std::to_string(block)))
        to = std::copy_n(model.parameters().begin() + static_cast<std::ptrdiff_t>(info.offset), info.size, to);
    REQUIRE(to == shorter.parameters().end());
    return predict(shorter, x);
  };
  const Tensor<double> whole = predict(model, x);
  for (const std::size_t block : {0u, 1u}) {
    const std::string path = "2." + std::to_string(block);
    const auto y = walked(model, x, Without{path});
    CHECK(difference(y, without(block)) < 1e-14);
    CHECK(difference(y, whole) > 1e-3);
  }
  CHECK(difference(walked(model, x, Without{"no such path"}), whole) < 1e-14);
  // Inside a block: without its ReLU the block is y = x + 0.5 (x W + b).
  CHECK(difference(walked(model, x, Without{"2.0.body.1"}), whole) > 1e-3);
}

TEST_CASE("Skipping a block's whole body leaves y = x + lambda x") {
  const Model<Sequential<ResidualBlock<0.5, Linear<3, 3>, ReLU>>, double> model(init::he_normal(), 1);
  const auto x = normal_batch<double>(5, 3, 1);
  const Tensor<double> expected = 1.5 * x;
  CHECK(difference(walked(model, x, Without{"0.body"}), expected) < 1e-15);
}

TEST_CASE("Skipping a layer that changes the width is an Error that says which") {
  const Model<Net, double> model(init::he_normal(), 1);
  CHECK_THROWS_WITH_AS(walked(model, normal_batch<double>(5, 3, 1), Without{"3.1"}),
                       "walk: layer \"3.1\" can't be skipped: it takes 4 features and gives 2", Error);
}

TEST_CASE("choose puts one layer in another's place: two blocks swapped are a model with their numbers swapped") {
  const Model<Net, double> model(init::he_normal(), 1);
  const auto x = normal_batch<double>(5, 3, 1);
  Model<Net, double> swapped = model;
  std::swap_ranges(swapped.parameters().begin() + 16, swapped.parameters().begin() + 36,
                   swapped.parameters().begin() + 36);
  CHECK(difference(walked(model, x, Swap{"2.0", "2.1", 3, 2}), predict(swapped, x)) < 1e-14);
  CHECK(difference(walked(model, x, Swap{"2.0", "2.1", 3, 2}), predict(model, x)) > 1e-3);
  CHECK(difference(walked(model, x, Swap{"2.0", "2.1", 2, 3}), predict(model, x)) < 1e-14);
  // Twice the same: both places run block 2.1.
  std::copy_n(model.parameters().begin() + 36, 20, swapped.parameters().begin() + 16);
  std::copy_n(model.parameters().begin() + 36, 20, swapped.parameters().begin() + 36);
  CHECK(difference(walked(model, x, Swap{"2.0", "2.1", 3, 3}), predict(swapped, x)) < 1e-14);
}

TEST_CASE("choose inside a block's body counts within that body") {
  using Two = Sequential<ResidualBlock<1, Linear<2, 2>, Tanh, Linear<2, 2>>>;
  const Model<Two, double> model(init::normal(0, 1), 1);
  Model<Two, double> swapped = model;
  std::swap_ranges(swapped.parameters().begin(), swapped.parameters().begin() + 6, swapped.parameters().begin() + 6);
  const auto x = normal_batch<double>(5, 2, 1);
  CHECK(difference(walked(model, x, Swap{"0.body.0", "0.body.2", 2, 0}), predict(swapped, x)) < 1e-14);
}

TEST_CASE("choose carries a layer's buffers along") {
  using Norms = Sequential<BatchNorm1d<2>, BatchNorm1d<2>>;
  Model<Norms, double> model;
  parameter<"0.running_mean">(model)(0) = 3;
  parameter<"1.running_var">(model)(0) = 16;
  Model<Norms, double> swapped;
  parameter<"1.running_mean">(swapped)(0) = 3;
  parameter<"0.running_var">(swapped)(0) = 16;
  const auto x = normal_batch<double>(5, 2, 1);
  CHECK(difference(walked(model, x, Swap{"0", "1", 1, 0}), predict(swapped, x)) < 1e-14);
}

TEST_CASE("choose of a layer with other widths, or of none, is an Error") {
  const Model<Net, double> model(init::he_normal(), 1);
  const auto x = normal_batch<double>(5, 3, 1);
  CHECK_THROWS_WITH_AS(walked(model, x, Swap{"2.0", "", 0, 0}),
                       "walk: place \"2.0\" can't be given to layer 0 of its list: their widths differ", Error);
  CHECK_THROWS_WITH_AS(walked(model, x, Swap{"2.0", "", 6, 0}),
                       "walk: place \"2.0\" can't be given to layer 6 of its list: there are only 6", Error);
}

TEST_CASE("walk on no rows visits nobody") {
  const Model<Net, double> model(init::he_normal(), 1);
  Names names;
  Workspace<Net, double> workspace(16);
  CHECK(walk(model, workspace, make_matrix<double>(0, 3), names).shape()[0] == 0);
  CHECK(names.paths.empty());
}

TEST_CASE("walk does not change the model, and its result lies in the workspace") {
  const Model<Net, float> model(init::he_normal(), 1);
  const auto before = model;
  Workspace<Net, float> workspace(16);
  const auto y = walk(model, workspace, normal_batch<float>(5, 3, 1), [](auto&&...) {});
  CHECK(y.data() == workspace.output());
  CHECK(model == before);
}
