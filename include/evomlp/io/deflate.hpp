// SPDX-License-Identifier: MIT
// Deflated bytes, as gzip and zip files hold them. The one header that includes zlib, which must be linked.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/cxx20.hpp"

#if !__has_include(<zlib.h>)
#error "evomlp/io/deflate.hpp needs zlib, which is not where the compiler looks: install it (Debian and Ubuntu: \
zlib1g-dev), add its folder with -I, or decompress the files first"
#include <evomlp_stops_here>  // see core/cxx20.hpp
#endif

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <vector>

namespace evomlp::detail {

/// What surrounds deflated bytes, as zlib's window bits: gzip's header and checksum, or nothing.
enum class Wrapping : int { gzip = 15 + 16, none = -15 };

/// Inflates one stream that begins at bytes[offset], appends it to `output` and moves `offset` behind it. Memory grows
/// with what really comes out. `fail(message)` must throw: for what is damaged or truncated, would make `output` longer
/// than max_bytes, or longer than there is memory for; `offset` is then where.
template <class Fail>
void inflate_stream(std::span<const std::byte> bytes, std::size_t& offset, Wrapping wrapping,
                    std::vector<std::byte>& output, std::size_t max_bytes, Fail fail) {
  struct Inflater {
    z_stream z{};
    explicit Inflater(Wrapping wrapping) {
      if (inflateInit2(&z, static_cast<int>(wrapping)) != Z_OK) throw std::bad_alloc();
    }
    ~Inflater() { inflateEnd(&z); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
  } inflater(wrapping);
  z_stream& z = inflater.z;

  std::size_t handed_over = offset;  // end of the bytes given to zlib so far; avail_in of them still wait
  std::array<std::byte, 16384> chunk;
  for (;;) {
    if (z.avail_in == 0) {
      const std::size_t rest = bytes.size() - handed_over;
      const auto part = static_cast<uInt>((std::min)(rest, std::size_t{1} << 30));  // avail_in is narrower than size_t
      z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data() + handed_over));
      z.avail_in = part;
      handed_over += part;
    }
    z.next_out = reinterpret_cast<Bytef*>(chunk.data());
    z.avail_out = static_cast<uInt>(chunk.size());
    const int status = inflate(&z, Z_NO_FLUSH);
    offset = handed_over - z.avail_in;
    const std::size_t produced = chunk.size() - z.avail_out;
    if (output.size() > max_bytes || produced > max_bytes - output.size()) {
      fail(concat({"decompresses to more than the limit of ", max_bytes, " bytes; stopped"}));
    }
    try {
      output.insert(output.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(produced));
    } catch (const std::bad_alloc&) {
      fail(concat({"decompresses to more than there is memory for: stopped after ", output.size(), " bytes"}));
    }

    if (status == Z_STREAM_END) return;
    if (status == Z_BUF_ERROR) fail("is truncated: the compressed data end");  // there was room, so nothing to read
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status != Z_OK) fail(std::string("is damaged: ") + (z.msg != nullptr ? z.msg : "zlib gave up"));
  }
}

/// Less than 4 GiB, deflated without a wrapping.
inline std::vector<std::byte> deflate_raw(std::span<const std::byte> bytes) {
  struct Deflater {
    z_stream z{};
    Deflater() {
      if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
    }
    ~Deflater() { deflateEnd(&z); }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
  } deflater;
  z_stream& z = deflater.z;
  z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  std::vector<std::byte> packed;
  for (int status = Z_OK; status != Z_STREAM_END;) {
    std::array<std::byte, 16384> chunk;
    z.next_out = reinterpret_cast<Bytef*>(chunk.data());
    z.avail_out = static_cast<uInt>(chunk.size());
    status = deflate(&z, Z_FINISH);
    packed.insert(packed.end(), chunk.begin(), chunk.end() - static_cast<std::ptrdiff_t>(z.avail_out));
  }
  return packed;
}

/// CRC-32 of less than 4 GiB.
inline std::uint32_t crc_of(std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

}  // namespace evomlp::detail
