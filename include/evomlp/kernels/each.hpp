// SPDX-License-Identifier: MIT
// Loops over rows and columns. A layer writes its formula for one number; these run it over SIMD batches and tails.
#pragma once

#include "evomlp/core/number.hpp"
#include "evomlp/core/view.hpp"

#include <cassert>
#include <cstddef>
#include <type_traits>

namespace evomlp::kernels {

/// As many numbers as one instruction handles where V lies.
template <class V>
using Batch = Number<typename V::Isa::template Vector<typename V::Scalar>>;
template <class V>
using Single = Number<typename V::Scalar>;

namespace detail {

/// Whether a source has all the rows and columns that are asked of it.
template <class Source>
bool covers([[maybe_unused]] const Source& source, [[maybe_unused]] std::size_t rows,
            [[maybe_unused]] std::size_t cols) {
  if constexpr (requires { source.rows; })
    return source.rows >= rows && source.cols == cols;
  else if constexpr (requires { source.size; })
    return source.size == cols;
  else
    return true;
}

/// Looks whether each source has all the rows and columns that are asked of it. Not without an instruction set: an
/// assert's words would bring the whole of printf into a small device's program.
template <class Isa, class... Sources>
void check_sources([[maybe_unused]] std::size_t rows, [[maybe_unused]] std::size_t cols,
                   [[maybe_unused]] const Sources&... sources) {
  if constexpr (!std::is_same_v<Isa, isa::Plain>) assert((covers(sources, rows, cols) && ...));
}

template <class To, class F, class... Sources>
void each_rows(std::size_t rows, std::size_t cols, const To& to, const F& f, const Sources&... sources) {
  constexpr std::size_t lanes = Batch<To>::lanes;
  const std::size_t whole = cols - cols % lanes;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < whole; j += lanes) to.put(i, j, f(sources.template at<Batch<To>>(i, j)...));
    for (std::size_t j = whole; j < cols; ++j) to.put(i, j, f(sources.template at<Single<To>>(i, j)...));
  }
}

}  // namespace detail

/// to(i, j) = f(sources(i, j)…). A Vector among the sources is the same for every row.
template <class To, class F, class... Sources>
void each(To to, F f, Sources... sources) {
  detail::check_sources<typename To::Isa>(to.rows, to.cols, sources...);
  if constexpr (To::is_flat && (Sources::is_flat && ...)) {
    if (to.rows != 0) detail::each_rows(1, to.rows * to.cols, to, f, sources...);
  } else {
    detail::each_rows(to.rows, to.cols, to, f, sources...);
  }
}

/// to[j] = f(sources(0, j)…)
template <class T, class Isa, class F, class... Sources>
void each(Vector<T, Isa> to, F f, Sources... sources) {
  detail::check_sources<Isa>(1, to.size, sources...);
  detail::each_rows(1, to.size, Matrix<T, Isa>{to.data, 1, to.size}, f, sources...);
}

/// to[j] = sum over the rows i of f(sources(i, j)…), in double from runs of T where there are many rows
template <class T, class Isa, class F, class... Sources>
void sums(std::size_t rows, Vector<T, Isa> to, F f, Sources... sources) {
  detail::check_sources<Isa>(rows, to.size, sources...);
  using B = Batch<Vector<T, Isa>>;
  constexpr std::size_t lanes = B::lanes;
  constexpr std::size_t run = 64;  // longer sums of floats lose digits
  const auto strip = [&]<class N, std::size_t count>(std::size_t j) {
    const auto sum_rows = [&](std::size_t first, std::size_t last, T* result) {
      N sum[count];
      for (N& s : sum) s = N(0);
      for (std::size_t i = first; i < last; ++i)
        for (std::size_t c = 0; c < count; ++c) sum[c] = sum[c] + f(sources.template at<N>(i, j + c * N::lanes)...);
      for (std::size_t c = 0; c < count; ++c) sum[c].store(result + c * N::lanes);
    };
    if (rows <= run || sizeof(T) == sizeof(double)) return sum_rows(0, rows, to.data + j);
    T part[count * N::lanes];
    double all[count * N::lanes] = {};
    for (std::size_t first = 0; first < rows; first += run) {
      sum_rows(first, first + run < rows ? first + run : rows, part);
      for (std::size_t c = 0; c < count * N::lanes; ++c) all[c] += static_cast<double>(part[c]);
    }
    for (std::size_t c = 0; c < count * N::lanes; ++c) to.data[j + c] = static_cast<T>(all[c]);
  };
  const std::size_t fours = to.size - to.size % (4 * lanes), whole = to.size - to.size % lanes;
  for (std::size_t j = 0; j < fours; j += 4 * lanes) strip.template operator()<B, 4>(j);
  for (std::size_t j = fours; j < whole; j += lanes) strip.template operator()<B, 1>(j);
  for (std::size_t j = whole; j < to.size; ++j) strip.template operator()<Single<Vector<T, Isa>>, 1>(j);
}

/// to[j] = sum over the rows of x
template <class T, class Isa>
void column_sums(auto x, Vector<T, Isa> to) {
  sums(
      x.rows, to, [](auto v) { return v; }, x);
}

/// The sum over all elements of f(first(i, j), sources(i, j)…), in double from short runs of T; shaped as `first`.
template <class F, class First, class... Sources>
double total(F f, First first, Sources... sources) {
  detail::check_sources<typename First::Isa>(first.rows, first.cols, sources...);
  using B = Batch<First>;
  constexpr bool flat = First::is_flat && (Sources::is_flat && ...);
  constexpr std::size_t run = 32 * B::lanes;
  const std::size_t rows = flat ? 1 : first.rows, cols = flat ? first.rows * first.cols : first.cols,
                    whole = cols - cols % B::lanes;
  double result = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t begin = 0; begin < whole; begin += run) {
      B sum(0);
      for (std::size_t j = begin; j < whole && j < begin + run; j += B::lanes)
        sum = sum + f(first.template at<B>(i, j), sources.template at<B>(i, j)...);
      result += sum.sum();
    }
    for (std::size_t j = whole; j < cols; ++j)
      result += f(first.template at<Single<First>>(i, j), sources.template at<Single<First>>(i, j)...).sum();
  }
  return result;
}

}  // namespace evomlp::kernels
