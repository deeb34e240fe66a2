// SPDX-License-Identifier: MIT
// Memory that notices who writes beside it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

namespace evomlp_test {

/// `size` numbers between guard values. `front` moves them off every alignment; with `back` = 0 they end where the heap
/// block ends, so that AddressSanitizer sees the first read or write behind them.
template <class T>
class Guarded {
 public:
  Guarded(std::size_t size, std::size_t front, std::size_t back)
      : size_(size), front_(front), back_(back), memory_(new T[front + size + back]) {
    std::fill_n(memory_.get(), front + size + back, guard);
  }

  T* data() { return memory_.get() + front_; }
  std::span<T> values() { return {data(), size_}; }
  T operator[](std::size_t i) const { return memory_[front_ + i]; }

  bool intact() const {
    const T* const begin = memory_.get();
    const auto is_guard = [](T v) { return v == guard; };
    return std::all_of(begin, begin + front_, is_guard) &&
           std::all_of(begin + front_ + size_, begin + front_ + size_ + back_, is_guard);
  }

 private:
  static constexpr T guard = T(-1234567);  // exact in float, and no sum of the tests

  std::size_t size_, front_, back_;
  std::unique_ptr<T[]> memory_;
};

}  // namespace evomlp_test
