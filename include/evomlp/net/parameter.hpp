// SPDX-License-Identifier: MIT
// parameter<"0.weight">(model): a named parameter as a writable xtensor view, in PyTorch's orientation.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/net/model.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace evomlp {

namespace detail {

/// Memory is [in, out] row-major, so [out, in] is the same numbers column-major: a view without a copy.
template <std::size_t rank, class T>
auto parameter_view(T* values, std::array<std::size_t, rank> shape) {
  const std::size_t size = rank == 2 ? shape[0] * shape[rank - 1] : shape[0];
  return xt::adapt<xt::layout_type::column_major>(values, size, xt::no_ownership(), shape);
}

template <class Net, Name key, class M>
auto named_parameter(M& model) {
  constexpr std::size_t index = find_key<Net>(key.view());
  constexpr bool known = index < parameter_table<Net>.size();
  static_assert(known, "evomlp::parameter: the network has no parameter or buffer of this key");
  if constexpr (known) {
    constexpr ParameterInfo info = parameter_table<Net>[index];
    if constexpr (info.rank == 2)
      return parameter_view<2>(model.values(info).data(), {info.out, info.in});
    else
      return parameter_view<1>(model.values(info).data(), {info.out});
  }
}

template <class Net, class M>
auto named_parameter(M& model, std::string_view key) {
  const std::size_t index = find_key<Net>(key);
  if (index == parameter_table<Net>.size()) {
    std::string known;
    for (const ParameterInfo& info : parameter_table<Net>) known.append(known.empty() ? "" : ", ").append(info.key);
    throw Error(concat({"parameter: the network has no parameter or buffer \"", key, "\"; it has ", known}));
  }
  const ParameterInfo& info = parameter_table<Net>[index];
  return parameter_view<2>(model.values(info).data(), {info.out, info.in});
}

}  // namespace detail

/// The parameter or buffer of this key as a writable view: a weight as (out, in), a bias as (out). An unknown key is a
/// compile error.
template <detail::Name key, class Net, class T>
auto parameter(Model<Net, T>& model) {
  return detail::named_parameter<Net, key>(model);
}
template <detail::Name key, class Net, class T>
auto parameter(const Model<Net, T>& model) {
  return detail::named_parameter<Net, key>(model);
}

template <detail::Name key, class Net, class T>
auto parameter(const Model<Net, T>&&) = delete;  // the view would outlive the model

/// The same with the key at run time, always rank 2: a vector is (n, 1). Throws an Error that lists the known keys.
template <class Net, class T>
auto parameter(Model<Net, T>& model, std::string_view key) {
  return detail::named_parameter<Net>(model, key);
}
template <class Net, class T>
auto parameter(const Model<Net, T>& model, std::string_view key) {
  return detail::named_parameter<Net>(model, key);
}
template <class Net, class T>
auto parameter(const Model<Net, T>&&, std::string_view) = delete;

}  // namespace evomlp
