// SPDX-License-Identifier: MIT
// The IDX format of MNIST and its relatives (Fashion-MNIST, KMNIST, EMNIST): big-endian header, then raw bytes.
//   offset 0  two zero bytes      offset 2  element type (08: unsigned byte)      offset 3  number of dimensions
//   offset 4  one 32-bit size per dimension, the first one counts the items       then the elements, row-major
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/read_file.hpp"
#include "evomlp/data/dataset.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>

namespace evomlp {

namespace detail {

/// A checked IDX file: `items` rows of `width` bytes, which exist.
struct IdxView {
  std::size_t items, width;
  std::span<const std::byte> elements;

  std::size_t rows() const { return items; }
};

inline std::string hex_byte(std::byte value) {
  constexpr char digits[] = "0123456789abcdef";
  const auto number = std::to_integer<unsigned>(value);
  return {digits[number >> 4], digits[number & 15]};
}

/// Checks the header against the bytes that are there, before anything is allocated. `images`: two dimensions or more
/// are expected, else one. There may be no items.
inline IdxView parse_idx(std::span<const std::byte> bytes, const std::string& name, bool images) {
  const auto fail = [&name](const std::string& message) { throw FileError(concat({name, ": ", message})); };
  const auto need = [&](std::size_t header) {
    if (bytes.size() < header) {
      fail(concat({"the IDX header ends at offset ", bytes.size(), ", expected ", header, " bytes"}));
    }
  };

  if (bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b}) {
    fail("is compressed with gzip; include <evomlp/io/gzip.hpp> and call load_idx_gzip, or decompress it first");
  }
  need(4);
  if (bytes[0] != std::byte{0} || bytes[1] != std::byte{0}) {
    fail(concat({"is not an IDX file: got bytes ", hex_byte(bytes[0]), " ", hex_byte(bytes[1]),
                 " at offset 0, expected 00 00"}));
  }
  if (bytes[2] != std::byte{0x08}) {
    fail(concat({"got element type ", hex_byte(bytes[2]), " at offset 2, expected 08 (unsigned bytes)"}));
  }
  const auto rank = std::to_integer<std::size_t>(bytes[3]);
  if (images ? rank < 2 : rank != 1) {
    fail(concat(
        {"got ", rank, " dimensions at offset 3, expected ",
         images ? "2 or more for images (is this the labels file?)" : "1 for labels (is this the images file?)"}));
  }
  const std::size_t header = 4 + 4 * rank;
  need(header);

  const std::size_t available = bytes.size() - header;
  std::size_t items = 0, width = 1, widest = 0;
  std::string shape;
  bool fits = true;  // items * width so far is at most `available`, so the product can't overflow
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::size_t offset = 4 + 4 * axis;
    std::uint32_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8 | std::to_integer<std::uint32_t>(bytes[offset + i]);
    if (axis > 0 && size == 0) fail(concat({"got size 0 at offset ", offset, ", expected at least 1"}));
    shape += concat({axis == 0 ? "" : " x ", size});
    if (axis == 0) {
      items = size;
      fits = items <= available;
      widest = items == 0 ? (std::numeric_limits<std::uint32_t>::max)() : available / items;
    } else if (fits) {
      fits = size <= widest / width;
      width *= fits ? size : 1;
    }
  }
  const std::string found = concat({available, " bytes after the header at offset ", header});
  if (!fits) fail(concat({"is truncated: got ", found, ", expected ", shape}));
  if (items * width != available) {
    fail(concat({"got ", found, ", expected ", shape, " = ", items * width, " and the end of the file at offset ",
                 header + items * width}));
  }
  return {items, width, bytes.subspan(header)};
}

inline void require_items(std::size_t items, const std::string& name) {
  if (items == 0) throw DataError(name + ": holds no items: got size 0 at offset 4, expected at least 1");
}

inline void require_label_for_each_image(std::size_t images, const std::string& images_name, std::size_t labels,
                                         const std::string& labels_name) {
  if (images == labels) return;
  throw DataError(concat({images_name, " holds ", images, " images and ", labels_name, " holds ", labels,
                          " labels, expected as many labels as images"}));
}

/// Bytes as numbers in [0, 1]; returns where the next one goes.
template <class T>
T* read_pixels(std::span<const std::byte> pixels, T* x) {
  for (const std::byte value : pixels) *x++ = static_cast<T>(std::to_integer<unsigned>(value)) / T{255};
  return x;
}

template <class T>
Dataset<T, Labels> read_idx(std::span<const std::byte> images, const std::string& images_name,
                            std::span<const std::byte> labels, const std::string& labels_name) {
  const IdxView pixels = parse_idx(images, images_name, true);
  const IdxView classes = parse_idx(labels, labels_name, false);
  require_items(pixels.items, images_name);
  require_items(classes.items, labels_name);
  require_label_for_each_image(pixels.items, images_name, classes.items, labels_name);
  Dataset<T, Labels> dataset{make_matrix<T>(pixels.items, pixels.width), make_labels(classes.items)};
  read_pixels(pixels.elements, dataset.x.data());
  std::int32_t* y = dataset.y.data();
  for (const std::byte value : classes.elements) *y++ = std::to_integer<std::int32_t>(value);
  return dataset;
}

}  // namespace detail

/// Reads images and labels in IDX format (MNIST: train-images-idx3-ubyte, train-labels-idx1-ubyte) from memory.
/// Images are unsigned bytes of two dimensions or more, one row of x each, flattened and divided by 255 into [0, 1];
/// labels are unsigned bytes of one dimension.
/// Throws FileError for a file that is malformed, truncated, too long or compressed, and DataError for no images at all
/// or another number of labels than images.
template <class T = float>
Dataset<T, Labels> load_idx(std::span<const std::byte> images, std::span<const std::byte> labels) {
  return detail::read_idx<T>(images, "load_idx: images in memory", labels, "load_idx: labels in memory");
}

/// The same from two files. Throws FileError also if one can't be read.
template <class T = float>
Dataset<T, Labels> load_idx(const std::filesystem::path& images, const std::filesystem::path& labels) {
  const auto image_bytes = read_file(images), label_bytes = read_file(labels);
  return detail::read_idx<T>(image_bytes, detail::path_text(images), label_bytes, detail::path_text(labels));
}

}  // namespace evomlp
