// SPDX-License-Identifier: MIT
// Workspace: the memory that one caller needs to predict. One for each thread.
#pragma once

#include "evomlp/core/aligned_buffer.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/net/model.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace evomlp {

namespace detail {

/// The largest batch that a user asks for, checked.
inline std::size_t checked_batch(int max_batch, const char* where) {
  if (max_batch < 1) throw Error(concat({where, ": a largest batch of ", max_batch, ", expected at least 1"}));
  return static_cast<std::size_t>(max_batch);
}

}  // namespace detail

/// Scratch for batches of up to max_batch rows; nothing in it outlives a call but the result that predict returned. One that
/// was moved from is for assigning to.
template <Network Net, std::floating_point T = float>
class Workspace {
 public:
  explicit Workspace(int max_batch)
      : max_batch_(detail::checked_batch(max_batch, "Workspace")),
        capacity_(detail::rounded_up(max_batch_)),
        scratch_(detail::layout_of<Net>(Net::in_features).scratch.prediction(capacity_)),
        output_(capacity_ * Net::out_features),
        classes_(max_batch_) {}

  std::size_t max_batch() const { return max_batch_; }
  /// Rows that the buffers are laid out for: max_batch rounded up.
  std::size_t capacity() const { return capacity_; }
  T* scratch() { return scratch_.data(); }
  T* output() { return output_.data(); }
  std::int32_t* classes() { return classes_.data(); }

 private:
  std::size_t max_batch_, capacity_;
  AlignedBuffer<T> scratch_, output_;
  std::vector<std::int32_t> classes_;  // what predict_class returns
};

}  // namespace evomlp
