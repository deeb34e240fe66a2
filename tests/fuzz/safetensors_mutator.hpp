// SPDX-License-Identifier: MIT
// Mutations of safetensors files. Every other one changes the header's text alone and keeps its length right, or else
// next to nothing that it inserts would get past the first check.
#pragma once

#include "evomlp/io/dtype.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  constexpr std::size_t start = 8;
  const std::uint64_t length =
      size < start ? 0 : evomlp::detail::read_little_endian<std::uint64_t>(reinterpret_cast<const std::byte*>(data));
  if (seed % 2 == 0 || size < start || length > size - start || max_size < size)
    return LLVMFuzzerMutate(data, size, max_size);
  const std::size_t before = static_cast<std::size_t>(length), room = before + max_size - size;
  std::vector<std::uint8_t> header(data + start, data + start + before), rest(data + start + before, data + size);
  header.resize(room);
  header.resize(LLVMFuzzerMutate(header.data(), before, room));
  std::vector<std::byte> bytes;
  evomlp::detail::append_little_endian(bytes, static_cast<std::uint64_t>(header.size()));
  std::memcpy(data, bytes.data(), start);
  std::copy(header.begin(), header.end(), data + start);
  std::copy(rest.begin(), rest.end(), data + start + header.size());
  return start + header.size() + rest.size();
}
