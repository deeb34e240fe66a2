// SPDX-License-Identifier: MIT
// IDX files (MNIST's format) as a data source, read in place: for data larger than memory.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/data/dataset.hpp"
#include "evomlp/data/load_idx.hpp"
#include "evomlp/data/mapped_shards.hpp"
#include "evomlp/data/memory_limit.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace evomlp {

namespace detail {

inline std::string row_text(const IdxView& view) { return concat({"items of ", view.width, " bytes"}); }

template <class F>
void each_part(const IdxView& view, std::size_t first, std::size_t count, F f) {
  f(view.elements.subspan(first * view.width, count * view.width));
}

}  // namespace detail

/// Images and labels in IDX format, a file each or a list of files each, mapped into memory. The same samples as
/// load_idx<T>(images, labels) gives, but only those asked for are ever read: hand it to fit or evaluate like a
/// Dataset. See MappedFile for a file that becomes shorter.
template <class T = float>
class MappedIdx {
 public:
  using value_type = T;
  using target_type = std::int32_t;

  /// A path each, or a list of paths each, as MappedNpy takes them. Throws what load_idx throws, and DataError for an
  /// empty list or a file whose items have another size than those of the first.
  MappedIdx(const detail::Paths& images, const detail::Paths& labels, const MappedOptions& options = {})
      : limit_(options.memory == 0 ? nullptr : std::make_unique<detail::MemoryLimit>(options.memory)),
        images_(images, "MappedIdx: images", limit_.get(), parser(true)),
        labels_(labels, "MappedIdx: labels", limit_.get(), parser(false)) {
    detail::require_items(images_.rows(), images_.name());
    detail::require_items(labels_.rows(), labels_.name());
    images_.pair_with(labels_, detail::require_label_for_each_image);
  }

  std::size_t size() const { return images_.rows(); }
  std::size_t features() const { return images_.first_view().width; }
  std::size_t outputs() const { return 1; }

  /// As Dataset::gather. Throws DataError if a row doesn't exist.
  void gather(std::span<const std::size_t> rows, T* x_rows, target_type* y_rows) const {
    const std::size_t width = features();
    for (const std::size_t row : rows) {
      detail::require_row(row, size(), "MappedIdx::gather");
      const auto image = images_.at(row);
      x_rows = detail::read_pixels(image.view.elements.subspan(image.row * width, width), x_rows);
      const auto label = labels_.at(row);
      *y_rows++ = std::to_integer<target_type>(label.view.elements[label.row]);
    }
  }

  /// As MappedNpy::prefetch.
  void prefetch(std::size_t first, std::size_t count) const {
    images_.prefetch(first, count);
    labels_.prefetch(first, count);
  }

 private:
  static auto parser(bool images) {
    return [images](std::span<const std::byte> bytes, const std::string& name) {
      return detail::parse_idx(bytes, name, images);
    };
  }

  std::unique_ptr<detail::MemoryLimit> limit_;
  detail::Shards<detail::IdxView> images_, labels_;
};

}  // namespace evomlp
