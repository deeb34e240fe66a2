// SPDX-License-Identifier: MIT
// How tensors enter: contiguous ones where they lie, all others through one copy.
#include "evomlp/core/tensor.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <type_traits>
#include <vector>

#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/misc/xmanipulation.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xview.hpp>
#endif

using evomlp::Labels;
using evomlp::make_matrix;
using evomlp::ShapeError;
using evomlp::Tensor;
using evomlp::detail::Contiguous;
using evomlp::detail::Rows;

namespace {

/// 0, 1, 2, … row by row.
Tensor<float> counted(std::size_t rows, std::size_t cols) {
  auto x = make_matrix<float>(rows, cols);
  std::iota(x.data(), x.data() + x.size(), 0.0f);
  return x;
}

template <class E>
std::vector<float> read(const E& e) {
  const Contiguous<float, 2, E> c(e, "test");
  return {c.data(), c.data() + c.rows() * c.cols()};
}

/// Where the numbers of an expression are read from, and whether that is where they lie.
template <class E>
void check_no_copy(const E& e, const float* place, std::size_t rows, std::size_t cols) {
  const Contiguous<float, 2, E> c(e, "test");
  CHECK(c.data() == place);
  CHECK(c.rows() == rows);
  CHECK(c.cols() == cols);
}

template <class E>
void check_copied(const E& e, std::size_t rows, std::size_t cols) {
  const Contiguous<float, 2, E> c(e, "test");
  CHECK(c.rows() == rows);
  CHECK(c.cols() == cols);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < cols; ++j) CHECK(c.data()[i * cols + j] == e(i, j));
}

/// A tensor whose rank is known at run time only. (Not an xt::xarray, which clang 19 refuses in Debian's xtensor.)
auto of_any_rank(std::vector<float>& memory, const std::vector<std::size_t>& shape) {
  return xt::adapt(memory.data(), memory.size(), xt::no_ownership(), shape);
}

std::string message(auto f) {
  try {
    f();
  } catch (const ShapeError& error) {
    return error.what();
  }
  return "no ShapeError";
}

}  // namespace

static_assert(std::is_same_v<Labels::value_type, std::int32_t>);

TEST_CASE("make_matrix makes a matrix, not a list of two") {
  const auto x = make_matrix<double>(2, 3);
  CHECK(x.dimension() == 2);
  CHECK(x.shape()[0] == 2);
  CHECK(x.shape()[1] == 3);
  CHECK(evomlp::make_labels(5).size() == 5);
}

TEST_CASE("containers are read where they lie") {
  for (const std::size_t rows : {0u, 1u, 4u})
    for (const std::size_t cols : {1u, 3u}) {
      const auto x = counted(rows, cols);
      check_no_copy(x, x.data(), rows, cols);
      const xt::xtensor<float, 2> plain = x;
      check_no_copy(plain, plain.data(), rows, cols);
    }
}

TEST_CASE("adaptors are read where they lie, const or not") {
  std::vector<float> memory(12);
  const std::array<std::size_t, 2> shape = {4, 3};
  check_no_copy(xt::adapt(memory.data(), memory.size(), xt::no_ownership(), shape), memory.data(), 4, 3);
  check_no_copy(xt::adapt(static_cast<const float*>(memory.data()), memory.size(), xt::no_ownership(), shape),
                memory.data(), 4, 3);
  check_no_copy(xt::adapt(memory, shape), memory.data(), 4, 3);
  check_no_copy(of_any_rank(memory, {4, 3}), memory.data(), 4, 3);
  check_no_copy(evomlp::detail::tensor_view(memory.data(), 6, 2), memory.data(), 6, 2);
}

TEST_CASE("a range of rows is read where it lies") {
  auto x = counted(6, 3);
  check_no_copy(xt::view(x, xt::range(2, 5), xt::all()), x.data() + 6, 3, 3);
  check_no_copy(xt::view(x, xt::range(2, 3), xt::all()), x.data() + 6, 1, 3);
  check_no_copy(xt::view(x, xt::range(0, 6)), x.data(), 6, 3);
  const auto& constant = x;
  check_no_copy(xt::view(constant, xt::range(1, 4), xt::all()), x.data() + 3, 3, 3);
}

TEST_CASE("whatever doesn't lie in rows is copied, with the same numbers") {
  const auto x = counted(6, 4);
  check_copied(xt::view(x, xt::all(), xt::range(1, 3)), 6, 2);     // some columns
  check_copied(xt::view(x, xt::range(0, 6, 2), xt::all()), 3, 4);  // every second row
  check_copied(xt::transpose(x), 4, 6);
  check_copied(xt::view(x, xt::range(5, 0, -1), xt::all()), 5, 4);  // backwards
  check_copied(2.0f * x + 1.0f, 6, 4);                              // lazy
  const xt::xtensor<float, 2, xt::layout_type::column_major> columns = x;
  check_copied(columns, 6, 4);
  const xt::xtensor<float, 2, xt::layout_type::dynamic> dynamic = x;
  check_copied(dynamic, 6, 4);
}

TEST_CASE("one row or one column is contiguous in any layout, and its stride of 0 misleads nobody") {
  const xt::xtensor<float, 2, xt::layout_type::column_major> row = counted(1, 5), column = counted(5, 1);
  check_no_copy(row, row.data(), 1, 5);
  check_no_copy(column, column.data(), 5, 1);
  const auto x = counted(5, 3);
  check_copied(xt::view(x, xt::all(), xt::range(1, 2)), 5, 1);
  CHECK(read(xt::view(x, xt::all(), xt::range(1, 2))) == std::vector<float>{1, 4, 7, 10, 13});
  CHECK(read(xt::view(x, xt::range(3, 4), xt::range(1, 3))) == std::vector<float>{10, 11});
}

TEST_CASE("labels are one integer for each sample") {
  Labels labels = evomlp::make_labels(6);
  std::iota(labels.begin(), labels.end(), 0);
  const Contiguous<std::int32_t, 1, Labels> c(labels, "test");
  CHECK(c.data() == labels.data());
  CHECK(c.rows() == 6);
  const auto some = xt::view(labels, xt::range(2, 5));
  const Contiguous<std::int32_t, 1, std::remove_const_t<decltype(some)>> view(some, "test");
  CHECK(view.data() == labels.data() + 2);
  CHECK(view.rows() == 3);
  const auto odd = xt::view(labels, xt::range(1, 6, 2));
  const Contiguous<std::int32_t, 1, std::remove_const_t<decltype(odd)>> copy(odd, "test");
  CHECK(std::vector<std::int32_t>(copy.data(), copy.data() + copy.rows()) == std::vector<std::int32_t>{1, 3, 5});
}

TEST_CASE("a dynamic rank is checked at run time") {
  std::vector<float> memory(24);
  const auto text = message([&] { read(of_any_rank(memory, {2, 3, 4})); });
  CHECK(text.find("3 dimensions, expected 2") != std::string::npos);
}

TEST_CASE("Rows: the width must fit, and the message says who, what and where") {
  const auto x = counted(4, 3);
  const Rows<float, Tensor<float>> rows(x, 3, "predict: x");
  CHECK(rows.data() == x.data());
  const auto text = message([&] { Rows<float, Tensor<float>>(x, 5, "predict: x"); });
  CHECK(text == "predict: x has shape (4, 3), expected (batch, 5)");
}

TEST_CASE("tensor_view shows numbers that belong to someone else") {
  std::vector<float> memory = {1, 2, 3, 4, 5, 6};
  auto view = evomlp::detail::tensor_view(memory.data(), 2, 3);
  CHECK(view(1, 0) == 4);
  view(1, 0) = 40;
  CHECK(memory[3] == 40);
  CHECK(view.data() == memory.data());
}
