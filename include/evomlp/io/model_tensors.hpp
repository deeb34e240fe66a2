// SPDX-License-Identifier: MIT
// A model's parameters and buffers in a TensorFile: PyTorch's keys, matrices as [out, in].
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/io/dtype.hpp"
#include "evomlp/io/model_values.hpp"
#include "evomlp/io/quoted.hpp"
#include "evomlp/io/remember.hpp"
#include "evomlp/io/tensor_file.hpp"
#include "evomlp/io/tensor_shape.hpp"
#include "evomlp/net/model.hpp"

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp {

namespace detail {

/// The key of PyTorch's counter beside a BatchNorm's running mean, or "". Nothing here counts batches.
inline std::string batches_key(const ParameterInfo& info) {
  constexpr std::string_view mean = "running_mean";
  if (info.trained || !info.key.ends_with(mean)) return {};
  return std::string(info.key.substr(0, info.key.size() - mean.size())) + "num_batches_tracked";
}

template <class T>
using OtherFloat = std::conditional_t<std::same_as<T, float>, double, float>;

/// Element i of an F32 or F64 tensor.
template <class T>
T float_of(const TensorEntry& entry, std::size_t i) {
  const std::byte* const from = entry.bytes.data() + i * size_of(entry.dtype);
  if (entry.dtype == dtype_of<T>) return read_little_endian<T>(from);
  return static_cast<T>(read_little_endian<OtherFloat<T>>(from));
}

/// What keeps a tensor from being this parameter of a model of T, or "".
template <class T>
std::string fault_of(const TensorEntry& entry, const ParameterInfo& info, bool convert) {
  const auto shape = file_shape(info);
  const bool other = entry.dtype == dtype_of<OtherFloat<T>>;
  if (entry.shape != shape || (entry.dtype != dtype_of<T> && !(other && convert)))
    return concat({"got ", to_string(entry.dtype), " ", shape_text<std::size_t>(entry.shape), ", expected ",
                   to_string(dtype_of<T>), " ", shape_text<std::size_t>(shape),
                   other && !convert ? " (or .convert = true)" : ""});
  if constexpr (std::same_as<T, float>) {
    for (std::size_t i = 0; other && i < info.size; ++i) {
      const auto got = float_of<double>(entry, i);
      if (std::isfinite(got) && std::abs(got) > static_cast<double>((std::numeric_limits<float>::max)()))
        return concat({"element ", i, " is too large for F32: got ", got});
    }
  }
  return {};
}

}  // namespace detail

/// Adds a model's parameters and buffers under their keys: F32 or F64, and for each BatchNorm1d a num_batches_tracked
/// of 0, which PyTorch's strict loading asks for.
template <class Net, class T>
void write_model(TensorFileWriter& writer, const Model<Net, T>& model) {
  for (const ParameterInfo& info : parameter_table<Net>) {
    writer.add(info.key, detail::dtype_of<T>, detail::file_shape(info),
               [&](std::vector<std::byte>& to) { detail::append_values(to, model, info); });
    if (const std::string key = detail::batches_key(info); !key.empty())
      writer.add(key, Dtype::i64, {},
                 [](std::vector<std::byte>& to) { detail::append_little_endian(to, std::int64_t{0}); });
  }
}

/// The tensors of a file that belong to a Model<Net, T>: all are compared with what the model needs before one number
/// is taken, and what is wrong is kept rather than thrown.
///
///     ModelReader<Net, T> reader(memory);
///     if (reader.missing().empty() && reader.wrong().empty()) reader.read_into(model);
template <class Net, std::floating_point T>
class ModelReader {
 public:
  /// `convert`: F32 and F64 are both taken. Every key that the model knows then counts as asked for in `memory`.
  explicit ModelReader(MemoryReader& memory, bool convert = false) {
    for (const ParameterInfo& info : parameter_table<Net>) {
      const std::string key(info.key);
      if (const std::string batches = detail::batches_key(info); !batches.empty()) memory.find(batches);
      const TensorEntry* entry = memory.find(key);
      if (entry == nullptr) {
        missing_.push_back(key);
      } else if (const std::string fault = detail::fault_of<T>(*entry, info, convert); !fault.empty()) {
        wrong_.push_back(detail::concat({"key ", detail::in_quotes(key), ": ", fault}));
        entry = nullptr;
      }
      entries_.push_back(entry);
    }
  }

  /// Keys of the model that the file lacks.
  const std::vector<std::string>& missing() const { return missing_; }

  /// A sentence for each tensor that doesn't fit.
  const std::vector<std::string>& wrong() const { return wrong_; }

  /// Copies the numbers that are there and fit; the others stay as they are.
  void read_into(Model<Net, T>& model) const {
    for (std::size_t k = 0; k < entries_.size(); ++k) {
      if (entries_[k] == nullptr) continue;
      const ParameterInfo& info = parameter_table<Net>[k];
      const std::span<T> values = model.values(info);
      detail::for_each_number(info, [&](std::size_t in_file, std::size_t in_memory) {
        values[in_memory] = detail::float_of<T>(*entries_[k], in_file);
      });
    }
  }

 private:
  std::vector<const TensorEntry*> entries_;  // by place in the table; nullptr: missing or wrong
  std::vector<std::string> missing_, wrong_;
};

}  // namespace evomlp
