// SPDX-License-Identifier: MIT
// Model: the values of a network.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/contract/concepts.hpp"
#include "evomlp/core/aligned_buffer.hpp"
#include "evomlp/init/init.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace evomlp {

/// One flat parameter buffer and one of untrained values (BatchNorm statistics), each on a cache line and in the order
/// of parameter_table<Net>. A regular value: copy, move, ==. One that was moved from has no numbers, and is for assigning to.
template <Network Net, std::floating_point T = float>
class Model {
 public:
  static constexpr std::size_t num_parameters = detail::layout_of<Net>(Net::in_features).parameters;
  static constexpr std::size_t num_buffers = detail::layout_of<Net>(Net::in_features).buffers;

  /// Everything 0, except what has an initial value of its own: a model to load into.
  Model() : Model(init::zeros(), 0) {}

  /// Drawn by `init` from the stream `init` of `seed`: the same bits on every compiler.
  template <Initializer I>
  explicit Model(const I& init, std::uint64_t seed) : parameters_(num_parameters), buffers_(num_buffers) {
    std::uint64_t substream = 0;
    for (const ParameterInfo& info : parameter_table<Net>) {
      const std::span<T> numbers = values(info);
      if (info.initial)
        std::fill(numbers.begin(), numbers.end(), static_cast<T>(*info.initial));
      else
        init(info, InitContext{detail::residual_blocks<Net>, Random(seed, Stream::init, substream)}, numbers);
      ++substream;
    }
  }

  std::span<T> parameters() { return parameters_; }
  std::span<const T> parameters() const { return parameters_; }
  std::span<T> buffers() { return buffers_; }
  std::span<const T> buffers() const { return buffers_; }

  /// Those of one row of parameter_table<Net>: a parameter's or a buffer's, as they lie in memory ([in, out]).
  std::span<T> values(const ParameterInfo& info) {
    return (info.trained ? parameters() : buffers()).subspan(info.offset, info.size);
  }
  std::span<const T> values(const ParameterInfo& info) const {
    return (info.trained ? parameters() : buffers()).subspan(info.offset, info.size);
  }

  void remember(auto& memory) {
    for (const ParameterInfo& info : parameter_table<Net>) memory(info.key, values(info));
  }

  friend bool operator==(const Model&, const Model&) = default;

 private:
  AlignedBuffer<T> parameters_, buffers_;
};

}  // namespace evomlp
