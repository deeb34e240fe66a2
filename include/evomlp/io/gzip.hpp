// SPDX-License-Identifier: MIT
// Files compressed with gzip. Needs zlib, to compile and to link.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/read_file.hpp"
#include "evomlp/data/load_idx.hpp"
#include "evomlp/io/deflate.hpp"

#include <cstddef>
#include <filesystem>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evomlp {

/// The most that gunzip and read_gzip give back unless told otherwise: 1 GiB. MNIST's largest file is 47 MB.
inline constexpr std::size_t gzip_max_bytes = std::size_t{1} << 30;

/// True if the bytes begin like a gzip file.
inline bool is_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

/// Decompresses a gzip file in memory, all of its members one after the other (RFC 1952); `name` begins the error
/// messages. Memory grows with what really comes out, whatever the file claims. Throws FileError, with the offset in
/// the compressed bytes, if they aren't gzip, are truncated or damaged (checksum and length are verified), if something
/// else follows the last member, or if more than max_bytes come out.
inline std::vector<std::byte> gunzip(std::span<const std::byte> bytes, std::string_view name,
                                     std::size_t max_bytes = gzip_max_bytes) {
  std::size_t offset = 0;
  const auto fail = [&](const std::string& message) {
    throw FileError(detail::concat({name, ": ", message, " at offset ", offset, " of ", bytes.size()}));
  };
  if (!is_gzip(bytes)) fail("is not compressed with gzip: expected bytes 1f 8b");

  std::vector<std::byte> output;
  for (;;) {
    detail::inflate_stream(bytes, offset, detail::Wrapping::gzip, output, max_bytes, fail);
    const auto rest = bytes.subspan(offset);
    if (rest.empty()) return output;
    if (!is_gzip(rest)) fail(detail::concat({"has ", rest.size(), " bytes of something else after the gzip data"}));
  }
}

/// The decompressed content of a gzip file; see gunzip. Throws FileError also if the file can't be read.
inline std::vector<std::byte> read_gzip(const std::filesystem::path& path, std::size_t max_bytes = gzip_max_bytes) {
  return gunzip(read_file(path), detail::path_text(path), max_bytes);
}

/// load_idx for two files of which each may be compressed with gzip or not, as its first bytes say. Throws what
/// load_idx and gunzip throw; a compressed file may hold up to gzip_max_bytes.
template <class T = float>
Dataset<T, Labels> load_idx_gzip(const std::filesystem::path& images, const std::filesystem::path& labels) {
  const auto read = [](const std::filesystem::path& path) {
    auto bytes = read_file(path);
    return is_gzip(bytes) ? gunzip(bytes, detail::path_text(path)) : bytes;
  };
  const auto image_bytes = read(images), label_bytes = read(labels);
  return detail::read_idx<T>(image_bytes, detail::path_text(images), label_bytes, detail::path_text(labels));
}

/// The same from memory.
template <class T = float>
Dataset<T, Labels> load_idx_gzip(std::span<const std::byte> images, std::span<const std::byte> labels) {
  const std::string images_name = "load_idx_gzip: images in memory", labels_name = "load_idx_gzip: labels in memory";
  std::vector<std::byte> plain_images, plain_labels;
  if (is_gzip(images)) images = plain_images = gunzip(images, images_name);
  if (is_gzip(labels)) labels = plain_labels = gunzip(labels, labels_name);
  return detail::read_idx<T>(images, images_name, labels, labels_name);
}

}  // namespace evomlp
