// SPDX-License-Identifier: MIT
// The one header that knows xtensor. Users hand in xtensor expressions; inside, there are only flat rows.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"

#if !__has_include(<xtl/xtl_config.hpp>)
#error "evomlp needs xtl, which xtensor stands on and which is not where the compiler looks: install it (Debian and Ubuntu: \
libxtl-dev) or add its folder with -I"
#include <evomlp_stops_here>  // see core/cxx20.hpp
#endif
#if __has_include(<xtensor/containers/xtensor.hpp>)  // xtensor 0.26 moved its headers into folders
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xtensor.hpp>
#else
#if !__has_include(<xtensor/xtensor_config.hpp>)
#error "evomlp needs xtensor 0.24 or newer, which is not where the compiler looks: install it (Debian and Ubuntu: \
libxtensor-dev) or add its folder with -I"
#include <evomlp_stops_here>  // see core/cxx20.hpp
#endif
#include <xtensor/xtensor_config.hpp>
#if XTENSOR_VERSION_MAJOR == 0 && XTENSOR_VERSION_MINOR < 24
#error "evomlp needs xtensor 0.24 or newer, and the compiler finds an older one: <xtensor/xtensor_config.hpp> says which; \
install a newer one or put its folder first with -I"
#include <evomlp_stops_here>  // see core/cxx20.hpp
#endif
#include <xtensor/xadapt.hpp>
#include <xtensor/xtensor.hpp>
#endif

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace evomlp {

namespace detail {

/// Without macros of xtensor's the same type as xt::xtensor<T, rank>. Layout and allocator are written out, because
/// XTENSOR_DEFAULT_LAYOUT changes the one, and XTENSOR_USE_XSIMD the other, to one for the vectors that the compiler's
/// flags allow: files compiled differently would mean different types by our names, and free each other's memory wrongly.
template <class T, std::size_t rank>
using RowMajor = xt::xtensor_container<xt::uvector<T, std::allocator<T>>, rank, xt::layout_type::row_major>;

}  // namespace detail

/// (rows, cols) numbers, row-major: by default the same type as xt::xtensor<T, 2>, and never dependent on flags or macros.
template <class T>
using Tensor = detail::RowMajor<T, 2>;

/// Integer class labels, one per sample: what CrossEntropyLoss takes.
using Labels = detail::RowMajor<std::int32_t, 1>;

/// An uninitialised (rows, cols) tensor.
template <class T>
Tensor<T> make_matrix(std::size_t rows, std::size_t cols) {
  return Tensor<T>::from_shape({rows, cols});
}

/// Uninitialised labels for n samples. (`Labels({n})` would be one label, n.)
inline Labels make_labels(std::size_t n) { return Labels::from_shape({n}); }

namespace detail {

/// An expression of `rank` dimensions as contiguous row-major numbers: where they lie, or a copy of what doesn't lie
/// so. Containers, adaptors and row-range views are not copied; a lazy expression is evaluated once.
template <class T, std::size_t rank, class E>
class Contiguous {
  static_assert(std::is_same_v<std::remove_const_t<typename E::value_type>, T>,
                "evomlp: the tensor's element type differs from what is expected here (the model's scalar, or "
                "std::int32_t for labels)");
  static_assert(xt::get_rank<E>::value == rank || xt::get_rank<E>::value == SIZE_MAX,
                "evomlp: the tensor's rank differs from what is expected here: x and y are (batch, features), labels "
                "are (batch)");

 public:
  /// `where` and `what` begin the message.
  explicit Contiguous(const E& e, const char* where, const char* what = "") {
    if (e.dimension() != rank)
      throw ShapeError(concat({where, what, " has ", e.dimension(), e.dimension() == 1 ? " dimension" : " dimensions",
                               ", expected ", rank}));
    for (std::size_t i = 0; i < rank; ++i) shape_[i] = static_cast<std::size_t>(e.shape()[i]);
    if constexpr (xt::has_data_interface<E>::value) {
      if (is_contiguous(e)) {
        data_ = e.data() + e.data_offset();
        return;
      }
    }
    copy_ = e;
    data_ = copy_.data();
  }
  Contiguous(const Contiguous&) = delete;
  Contiguous& operator=(const Contiguous&) = delete;

  const T* data() const { return data_; }
  std::size_t rows() const { return shape_[0]; }
  std::size_t cols() const { return shape_[rank - 1]; }

 private:
  bool is_contiguous(const E& e) const {
    std::size_t expected = 1;
    for (std::size_t i = rank; i-- > 0;) {  // the stride of an axis of size 1 means nothing (xtensor has it 0)
      if (shape_[i] != 1 && static_cast<std::size_t>(e.strides()[i]) != expected) return false;
      expected *= shape_[i];
    }
    return true;
  }

  const T* data_ = nullptr;
  std::array<std::size_t, rank> shape_{};
  RowMajor<T, rank> copy_;
};

/// The rows of x, which must be `cols` wide.
template <class T, class E>
class Rows : public Contiguous<T, 2, E> {
 public:
  Rows(const E& x, std::size_t cols, const char* where) : Contiguous<T, 2, E>(x, where) {
    if (this->cols() != cols)
      throw ShapeError(
          concat({where, " has shape (", this->rows(), ", ", this->cols(), "), expected (batch, ", cols, ")"}));
  }
};

/// rows × cols numbers that belong to someone else, as a tensor; no copy, no allocation.
template <class T>
auto tensor_view(T* data, std::size_t rows, std::size_t cols) {
  return xt::adapt<xt::layout_type::row_major>(data, rows * cols, xt::no_ownership(),
                                               std::array<std::size_t, 2>{rows, cols});
}
/// The same of n labels.
inline auto labels_view(std::int32_t* data, std::size_t n) {
  return xt::adapt<xt::layout_type::row_major>(data, n, xt::no_ownership(), std::array<std::size_t, 1>{n});
}

}  // namespace detail
}  // namespace evomlp
