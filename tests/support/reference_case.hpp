// SPDX-License-Identifier: MIT
// Runs a net on a case of tests/reference and compares all that the case knows.
#pragma once

#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/net/parameter.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/train/train_step.hpp"
#include "reference/case.hpp"
#include "support/close.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace evomlp_test {

using evomlp_reference::Entry;

/// The entries' numbers of a model, by key and in PyTorch's orientation.
template <class Net, class T>
std::vector<T> numbers_of(const evomlp::Model<Net, T>& model, std::span<const Entry> entries) {
  std::vector<T> numbers;
  for (const Entry& entry : entries) {
    const auto view = evomlp::parameter(model, entry.key);
    REQUIRE(view.size() == entry.size);
    for (std::size_t i = 0; i < view.shape()[0]; ++i)
      for (std::size_t j = 0; j < view.shape()[1]; ++j) numbers.push_back(view(i, j));
  }
  return numbers;
}

/// A model with a case's parameters, every one of which must be named there.
template <class Net, class T>
evomlp::Model<Net, T> model_of(std::span<const Entry> entries, std::span<const double> numbers) {
  evomlp::Model<Net, T> model;
  REQUIRE(numbers.size() == model.parameters().size());
  for (const Entry& entry : entries) {
    auto view = evomlp::parameter(model, entry.key);
    REQUIRE(view.size() == entry.size);
    auto number = numbers.begin() + static_cast<std::ptrdiff_t>(entry.offset);
    for (std::size_t i = 0; i < view.shape()[0]; ++i)
      for (std::size_t j = 0; j < view.shape()[1]; ++j) view(i, j) = static_cast<T>(*number++);
  }
  return model;
}

template <class T>
std::vector<T> as(std::span<const double> numbers) {
  std::vector<T> result;
  for (const double number : numbers) result.push_back(static_cast<T>(number));
  return result;
}

/// One training pass and one in evaluation mode. `tolerance` is relative to the largest entry of what is compared; a
/// gradient that is all but zero (a bias before a BatchNorm) is compared by the size of the others.
template <class Net, class T>
void check_case(const evomlp_reference::LayerCase& c, double tolerance) {
  using namespace evomlp;
  INFO(std::string(c.net), ", ", c.rows, " rows");
  REQUIRE(Net::in_features == c.in_features);
  REQUIRE(Net::out_features == c.out_features);
  Model<Net, T> model = model_of<Net, T>(c.entries, c.parameters);
  State state(model, SGD{}, {.max_batch = static_cast<int>(c.rows)});
  const std::vector<T> x = as<T>(c.x), target = as<T>(c.target);
  std::vector<T> dx(x.size());
  const double loss = evomlp::detail::gradients_of<isa::ThisTarget>(
      model, state, MSELoss{}, x.data(), c.rows,
      kernels::Matrix<const T, isa::ThisTarget>{target.data(), c.rows, c.out_features}, dx.data());

  CHECK(difference(std::span(&loss, 1), std::span(&c.loss, 1)) < tolerance);
  CHECK(difference(std::span<const T>(state.work().y, c.y.size()), c.y) < tolerance);
  CHECK(difference(dx, c.x_gradient, (std::max)(largest(c.x_gradient), 1e-3)) < tolerance);

  Model<Net, T> gradients;  // a model of gradients: found by key like the parameters
  std::copy(state.gradients().begin(), state.gradients().end(), gradients.parameters().begin());
  const double all = largest(c.parameter_gradients);
  for (const Entry& entry : c.entries) {
    INFO(std::string(entry.key));
    const auto expected = c.parameter_gradients.subspan(entry.offset, entry.size);
    const auto got = numbers_of(gradients, std::span(&entry, 1));
    CHECK(difference(got, expected, (std::max)(largest(expected), sizeof(T) == 8 ? 1e-2 * all : all)) < tolerance);
  }
  REQUIRE(model.buffers().size() == c.buffers.size());
  if (!c.buffers.empty()) CHECK(difference(numbers_of(model, c.buffer_entries), c.buffers) < tolerance);

  const auto y = predict(model, evomlp::detail::tensor_view(x.data(), c.rows, c.in_features));
  CHECK(difference(y, c.evaluation_y) < tolerance);
}

}  // namespace evomlp_test
