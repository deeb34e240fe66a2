// SPDX-License-Identifier: MIT
// A flat buffer on a cache line. A regular value: copy, move, ==.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <cstddef>
#include <new>
#include <vector>

namespace evomlp {

template <class T>
struct CacheLineAllocator {
  using value_type = T;
  static constexpr std::align_val_t alignment{64};

  CacheLineAllocator() = default;
  template <class U>
  CacheLineAllocator(const CacheLineAllocator<U>&) noexcept {}

  T* allocate(std::size_t n) {
    if (n > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
    return static_cast<T*>(::operator new(n * sizeof(T), alignment));
  }
  void deallocate(T* p, std::size_t) noexcept { ::operator delete(p, alignment); }

  friend bool operator==(CacheLineAllocator, CacheLineAllocator) { return true; }
};

/// xtensor's own containers are aligned by a macro of the user's, so they can't hold a buffer whose layout is ours.
template <class T>
using AlignedBuffer = std::vector<T, CacheLineAllocator<T>>;

}  // namespace evomlp
