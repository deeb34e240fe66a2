// SPDX-License-Identifier: MIT
// Elements of .npy files as numbers of ours, and tensors as .npy files.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/data/npy_header.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp {

namespace detail {

/// The element at `from`, whatever its alignment and byte order.
template <class Element>
Element npy_element(const std::byte* from, bool big_endian) {
  std::array<std::byte, sizeof(Element)> bytes;
  std::memcpy(bytes.data(), from, sizeof(Element));
  if (big_endian != (std::endian::native == std::endian::big)) std::reverse(bytes.begin(), bytes.end());
  if constexpr (std::is_same_v<Element, bool>) {
    return bytes[0] != std::byte{0};
  } else {
    return std::bit_cast<Element>(bytes);
  }
}

/// Calls f with a std::type_identity of the file's element type.
template <class F>
void with_npy_type(const NpyView& view, F f) {
  const auto pick = [&]<class A, class B, class C, class D>(std::type_identity<A>, std::type_identity<B>,
                                                            std::type_identity<C>, std::type_identity<D>) {
    switch (view.item_size) {
      case 1: return f(std::type_identity<A>{});
      case 2: return f(std::type_identity<B>{});
      case 4: return f(std::type_identity<C>{});
      default: return f(std::type_identity<D>{});
    }
  };
  using std::type_identity;
  switch (view.kind) {
    case 'b': return f(type_identity<bool>{});
    case 'i':
      return pick(type_identity<std::int8_t>{}, type_identity<std::int16_t>{}, type_identity<std::int32_t>{},
                  type_identity<std::int64_t>{});
    case 'u':
      return pick(type_identity<std::uint8_t>{}, type_identity<std::uint16_t>{}, type_identity<std::uint32_t>{},
                  type_identity<std::uint64_t>{});
    default: return view.item_size == 4 ? f(type_identity<float>{}) : f(type_identity<double>{});
  }
}

/// Where element `index`, counted row by row, lies in a file in Fortran's order, in which the first axis runs fastest.
inline std::size_t fortran_position(std::span<const std::size_t> shape, std::size_t index) {
  std::size_t stride = 1;
  for (const std::size_t size : shape) stride *= size;
  std::size_t position = 0;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    stride /= shape[axis];
    position += index % shape[axis] * stride;
    index /= shape[axis];
  }
  return position;
}

/// The elements first ... first + count - 1, counted row by row, as numbers of type Out. Throws DataError for one that
/// Out can't hold.
template <class Out>
void npy_numbers(const NpyView& view, const std::string& name, std::size_t first, std::size_t count, Out* out) {
  with_npy_type(view, [&]<class Element>(std::type_identity<Element>) {
    const auto fail = [&](std::size_t index, const char* type) {
      throw DataError(concat({name, ": element ", index, " (counted from 0) is too large for ", type}));
    };
    if constexpr (std::is_integral_v<Out> && std::is_floating_point_v<Element>) {
      throw DataError(name + ": holds floating-point numbers, expected integers for labels");
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t index = view.fortran_order ? fortran_position(view.shape, first + i) : first + i;
        const auto value = npy_element<Element>(view.elements.data() + index * sizeof(Element), view.big_endian);
        if constexpr (std::is_integral_v<Out> && !std::is_same_v<Element, bool>) {
          if (!std::in_range<Out>(value)) fail(first + i, "a label");
        } else if constexpr (std::is_same_v<Out, float> && std::is_same_v<Element, double>) {
          constexpr double largest = (std::numeric_limits<float>::max)();
          if (portable::is_finite(value) && (value > largest || value < -largest)) fail(first + i, "float");
        }
        out[i] = static_cast<Out>(value);
      }
    }
  });
}

/// A file's numbers as (rows, columns): one dimension is one column, those after the second are laid out in the row.
template <class T>
Tensor<T> npy_matrix(const NpyView& view, const std::string& name) {
  auto matrix = make_matrix<T>(view.rows(), view.columns());
  npy_numbers(view, name, 0, matrix.size(), matrix.data());
  return matrix;
}

inline void require_label_shape(const NpyView& view, const std::string& name) {
  if (view.columns() != 1) {
    throw DataError(concat(
        {name, ": holds ", view.columns(), " numbers for each sample, expected one label (shape (n) or (n, 1))"}));
  }
}

template <class = WhereCalled>
Labels npy_labels(const NpyView& view, const std::string& name) {
  require_label_shape(view, name);
  Labels labels = make_labels(view.rows());
  npy_numbers(view, name, 0, labels.size(), labels.data());
  return labels;
}

/// A tensor of float, double or std::int32_t as an .npy file, the bytes that numpy.save writes.
template <class T, std::size_t rank, class A>
std::vector<std::byte> npy_bytes(const xt::xtensor<T, rank, xt::layout_type::row_major, A>& tensor) {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, std::int32_t>,
                "evomlp: npy files are written from tensors of float, double or std::int32_t");
  static_assert(rank > 0, "evomlp: npy files are written from tensors of at least one dimension");
  std::string header =
      concat({"{'descr': '<", std::is_integral_v<T> ? "i" : "f", sizeof(T), "', 'fortran_order': False, 'shape': ("});
  for (std::size_t axis = 0; axis < rank; ++axis) {
    header += concat({tensor.shape()[axis], rank == 1 ? "," : axis + 1 < rank ? ", " : ""});
  }
  header += "), }";
  // Spaces and a line feed, so that the elements begin at a multiple of 64.
  const std::size_t before = 10;
  header.append(63 - (before + header.size()) % 64, ' ');
  header += '\n';

  std::vector<std::byte> bytes;
  bytes.reserve(before + header.size() + tensor.size() * sizeof(T));
  for (const char c : {'\x93', 'N', 'U', 'M', 'P', 'Y', '\1', '\0'}) bytes.push_back(static_cast<std::byte>(c));
  bytes.push_back(static_cast<std::byte>(header.size() & 255));
  bytes.push_back(static_cast<std::byte>(header.size() >> 8));
  for (const char c : header) bytes.push_back(static_cast<std::byte>(c));
  for (std::size_t i = 0; i < tensor.size(); ++i) {
    const auto bits = std::bit_cast<std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>(tensor.data()[i]);
    for (std::size_t k = 0; k < sizeof(T); ++k) bytes.push_back(static_cast<std::byte>(bits >> (8 * k) & 255));
  }
  return bytes;
}

}  // namespace detail

/// An array as .npy files hold it: any of their element types and number of dimensions. What load_npz returns.
class NpyArray {
 public:
  /// From the bytes of an .npy file; `name` begins the messages. Throws FileError, with the offset.
  template <class = detail::WhereCalled>
  NpyArray(std::vector<std::byte> file, std::string name) : file_(std::move(file)), name_(std::move(name)) {
    detail::parse_npy(file_, name_);
  }

  /// From a tensor of float, double or std::int32_t.
  template <class T, std::size_t rank, class A>
  NpyArray(const xt::xtensor<T, rank, xt::layout_type::row_major, A>& tensor)
      : file_(detail::npy_bytes(tensor)), name_("NpyArray") {}

  template <class = detail::WhereCalled>
  std::vector<std::size_t> shape() const {
    return view().shape;
  }

  /// The numbers as (rows, columns); as load_npy.
  template <class T = float>
  Tensor<T> tensor() const {
    return detail::npy_matrix<T>(view(), name_);
  }

  /// The integers as labels; as load_npy<Labels>.
  template <class = detail::WhereCalled>
  Labels labels() const {
    return detail::npy_labels(view(), name_);
  }

  /// The bytes of the .npy file.
  std::span<const std::byte> file() const { return file_; }

 private:
  template <class = detail::WhereCalled>
  detail::NpyView view() const {
    return detail::parse_npy(file_, name_);
  }  // a view made once would not survive a copy

  std::vector<std::byte> file_;
  std::string name_;
};

}  // namespace evomlp
