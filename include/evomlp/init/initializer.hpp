// SPDX-License-Identifier: MIT
// How a network's parameters start.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/core/random.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace evomlp {

/// What an initialiser is told beside the parameter itself.
struct InitContext {
  std::size_t residual_blocks = 0;  // with a fixed λ, in the whole network
  Random random;                    // this parameter's own stream: number i is the same whatever else is drawn
};

/// Fills one parameter that has no start of its own. A matrix lies as [in, out].
///
///     struct Ones {
///       template <class T>
///       void operator()(const ParameterInfo& parameter, const InitContext&, std::span<T> values) const {
///         for (T& value : values) value = parameter.rank == 2 ? T(1) : T(0);
///       }
///     };
template <class I>
concept Initializer = requires(const I init, const ParameterInfo& parameter, const InitContext& context,
                               std::span<float> f, std::span<double> d) {
  init(parameter, context, f);
  init(parameter, context, d);
};

}  // namespace evomlp
