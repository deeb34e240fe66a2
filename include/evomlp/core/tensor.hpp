// SPDX-License-Identifier: MIT
// The one header that knows xtensor. Users hand in xtensor expressions; inside, there are only flat rows.
#pragma once

#if __has_include(<xtensor/containers/xtensor.hpp>)  // xtensor 0.26 moved its headers into folders
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xtensor.hpp>
#endif

#include <array>
#include <cstddef>
#include <cstdint>

namespace evomlp {

/// Integer class labels, one per sample: what CrossEntropyLoss takes.
using Labels = xt::xtensor<std::int32_t, 1>;

/// An uninitialised (rows, cols) tensor. (`xt::xtensor<T, 2>({r, c})` would list two elements.)
template <class T>
xt::xtensor<T, 2> make_matrix(std::size_t rows, std::size_t cols) {
  return xt::xtensor<T, 2>::from_shape({rows, cols});
}

/// Uninitialised labels for n samples.
inline Labels make_labels(std::size_t n) { return Labels::from_shape({n}); }

}  // namespace evomlp
