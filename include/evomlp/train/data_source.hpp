// SPDX-License-Identifier: MIT
// Where batches come from: the DataSource concept, and a type-erased reference for `.validation`.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

namespace evomlp {

/// Samples that can be fetched by number: `size()`, `features()`, `outputs()` (1 for labels), the types `value_type`
/// (float or double) and `target_type` (the same, or std::int32_t for class labels), and
/// `gather(rows, x, y)`, which writes the named rows to the caller's memory, row-major. Dataset is one. With
/// `has_weights()` and `gather_weights(rows, weights)` samples count by their weights in the loss. With
/// `prefetch(first, count)` it is told which rows will be asked for soon, while others are computed with.
template <class S>
concept DataSource = std::floating_point<typename S::value_type> &&
    requires(const S source, std::span<const std::size_t> rows, typename S::value_type* x, typename S::target_type* y) {
  { source.size() } -> std::convertible_to<std::size_t>;
  { source.features() } -> std::convertible_to<std::size_t>;
  { source.outputs() } -> std::convertible_to<std::size_t>;
  source.gather(rows, x, y);
};

namespace detail {

template <DataSource S>
bool has_weights(const S& source) {
  if constexpr (requires { source.has_weights(); }) return source.has_weights();
  else return false;
}

/// Only where has_weights(source).
template <DataSource S>
void gather_weights([[maybe_unused]] const S& source, [[maybe_unused]] std::span<const std::size_t> rows,
                    [[maybe_unused]] typename S::value_type* weights) {
  if constexpr (requires { source.gather_weights(rows, weights); }) source.gather_weights(rows, weights);
}

template <class S>
concept Prefetches = requires(const S& source, std::size_t row) { source.prefetch(row, row); };

}  // namespace detail

/// A reference to any DataSource, made from a pointer: `.validation = &validation`. Null: none. The source must outlive
/// the call that it is given to.
class SourceRef {
 public:
  SourceRef() = default;
  SourceRef(std::nullptr_t) {}

  template <DataSource S>
  SourceRef(const S* source)
      : source_(source),
        kind_(&kind<typename S::value_type, typename S::target_type>),
        size_([](const void* s) -> std::size_t { return static_cast<const S*>(s)->size(); }),
        features_([](const void* s) -> std::size_t { return static_cast<const S*>(s)->features(); }),
        outputs_([](const void* s) -> std::size_t { return static_cast<const S*>(s)->outputs(); }),
        gather_([](const void* s, std::span<const std::size_t> rows, void* x, void* y) {
          static_cast<const S*>(s)->gather(rows, static_cast<typename S::value_type*>(x),
                                           static_cast<typename S::target_type*>(y));
        }),
        has_weights_([](const void* s) -> bool { return detail::has_weights(*static_cast<const S*>(s)); }),
        gather_weights_([](const void* s, std::span<const std::size_t> rows, void* weights) {
          detail::gather_weights(*static_cast<const S*>(s), rows, static_cast<typename S::value_type*>(weights));
        }),
        prefetch_([]([[maybe_unused]] const void* s, [[maybe_unused]] std::size_t first,
                     [[maybe_unused]] std::size_t count) {
          if constexpr (detail::Prefetches<S>) static_cast<const S*>(s)->prefetch(first, count);
        }),
        require_valid_([]([[maybe_unused]] const void* s, [[maybe_unused]] const char* where) {
          if constexpr (requires(const S& data) { require_valid(data, where); })
            require_valid(*static_cast<const S*>(s), where);
        }),
        require_labels_below_([]([[maybe_unused]] const void* s, [[maybe_unused]] std::size_t classes,
                                 [[maybe_unused]] const char* where) {
          if constexpr (requires(const S& data) { require_labels_below(data, classes, where); })
            require_labels_below(*static_cast<const S*>(s), classes, where);
        }),
        require_targets_within_([]([[maybe_unused]] const void* s, [[maybe_unused]] double low,
                                   [[maybe_unused]] double high, [[maybe_unused]] const char* where) {
          if constexpr (requires(const S& data) { require_targets_within(data, low, high, where); })
            require_targets_within(*static_cast<const S*>(s), low, high, where);
        }) {}

  template <DataSource S>
  SourceRef(const S&) = delete;  // write its address: .validation = &validation

  explicit operator bool() const { return source_ != nullptr; }

  /// The source seen with its types, which must be these. Throws DataError.
  template <class T, class Target>
  class Typed {
   public:
    using value_type = T;
    using target_type = Target;

    Typed(const SourceRef& ref, const char* where) : ref_(ref) {
      if (ref.kind_ != &kind<T, Target>)
        throw DataError(detail::concat({where, " holds ", ref.kind_(), ", expected ", kind<T, Target>(),
                                        " (the model's scalar, and the targets that the loss takes)"}));
    }
    std::size_t size() const { return ref_.size_(ref_.source_); }
    std::size_t features() const { return ref_.features_(ref_.source_); }
    std::size_t outputs() const { return ref_.outputs_(ref_.source_); }
    void gather(std::span<const std::size_t> rows, T* x, Target* y) const { ref_.gather_(ref_.source_, rows, x, y); }
    bool has_weights() const { return ref_.has_weights_(ref_.source_); }
    void gather_weights(std::span<const std::size_t> rows, T* weights) const {
      ref_.gather_weights_(ref_.source_, rows, weights);
    }
    void prefetch(std::size_t first, std::size_t count) const { ref_.prefetch_(ref_.source_, first, count); }

    // The source's own checks, where it has them.
    friend void require_valid(const Typed& source, const char* where) { source.check(where); }
    friend void require_labels_below(const Typed& source, std::size_t classes, const char* where) {
      source.check_labels(classes, where);
    }
    friend void require_targets_within(const Typed& source, double low, double high, const char* where) {
      source.check_targets(low, high, where);
    }

   private:
    void check(const char* where) const { ref_.require_valid_(ref_.source_, where); }
    void check_labels(std::size_t classes, const char* where) const {
      ref_.require_labels_below_(ref_.source_, classes, where);
    }
    void check_targets(double low, double high, const char* where) const {
      ref_.require_targets_within_(ref_.source_, low, high, where);
    }

    const SourceRef& ref_;
  };

 private:
  // Its address is the identity of the types, its value their names.
  template <class T, class Target>
  static std::string kind() {
    return detail::concat(
        {std::is_same_v<T, float> ? "float" : "double", std::is_same_v<T, Target> ? " targets" : " with class labels"});
  }

  const void* source_ = nullptr;
  std::string (*kind_)() = nullptr;
  std::size_t (*size_)(const void*) = nullptr;
  std::size_t (*features_)(const void*) = nullptr;
  std::size_t (*outputs_)(const void*) = nullptr;
  void (*gather_)(const void*, std::span<const std::size_t>, void*, void*) = nullptr;
  bool (*has_weights_)(const void*) = nullptr;
  void (*gather_weights_)(const void*, std::span<const std::size_t>, void*) = nullptr;
  void (*prefetch_)(const void*, std::size_t, std::size_t) = nullptr;
  void (*require_valid_)(const void*, const char*) = nullptr;
  void (*require_labels_below_)(const void*, std::size_t, const char*) = nullptr;
  void (*require_targets_within_)(const void*, double, double, const char*) = nullptr;
};

namespace detail {

/// That a source fits a network and a loss; what is wrong, by name. Looks at the data itself where the source can be
/// looked through (require_valid).
template <std::size_t in, std::size_t out, bool labels, DataSource S>
void require_fits(const S& source, const char* where) {
  if constexpr (requires { require_valid(source, where); }) require_valid(source, where);
  if (source.size() == 0) throw DataError(concat({where, " is empty, expected at least one sample"}));
  if (source.features() != in)
    throw ShapeError(concat({where, " has ", source.features(), " features, the network takes ", in}));
  if constexpr (labels) {
    if constexpr (requires { require_labels_below(source, out, where); }) require_labels_below(source, out, where);
  } else {
    if (source.outputs() != out)
      throw ShapeError(concat({where, " has ", source.outputs(), " targets for each sample, the network gives ", out}));
  }
}

}  // namespace detail
}  // namespace evomlp
