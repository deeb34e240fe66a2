// SPDX-License-Identifier: MIT
// IDX files (MNIST's format) as a data source, read in place: for data larger than memory.
#pragma once

#include "evomlp/data/dataset.hpp"
#include "evomlp/data/load_idx.hpp"
#include "evomlp/data/mapped_file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace evomlp {

/// Images and labels in IDX format, mapped into memory. The same samples as load_idx<T>(images, labels) gives, but only
/// those asked for are ever read: hand it to fit or evaluate like a Dataset. See MappedFile for a file that becomes
/// shorter.
template <class T = float>
class MappedIdx {
 public:
  using value_type = T;
  using target_type = std::int32_t;

  /// Throws what load_idx throws.
  MappedIdx(const std::filesystem::path& images, const std::filesystem::path& labels)
      : image_file_(images),
        label_file_(labels),
        images_(detail::parse_idx(image_file_.bytes(), images.string(), true)),
        labels_(detail::parse_idx(label_file_.bytes(), labels.string(), false)) {
    detail::require_label_for_each_image(images_, images.string(), labels_, labels.string());
  }

  std::size_t size() const { return images_.items; }
  std::size_t features() const { return images_.width; }
  std::size_t outputs() const { return 1; }

  /// As Dataset::gather. Throws DataError if a row doesn't exist.
  void gather(std::span<const std::size_t> rows, T* x_rows, target_type* y_rows) const {
    for (const std::size_t row : rows) {
      detail::require_row(row, size(), "MappedIdx::gather");
      x_rows = detail::read_pixels(images_.elements.subspan(row * features(), features()), x_rows);
      *y_rows++ = std::to_integer<target_type>(labels_.elements[row]);
    }
  }

 private:
  MappedFile image_file_, label_file_;
  detail::IdxView images_, labels_;
};

}  // namespace evomlp
