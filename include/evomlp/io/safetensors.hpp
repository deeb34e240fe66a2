// SPDX-License-Identifier: MIT
// save: a model as a safetensors file, with the names and shapes that PyTorch expects.
#pragma once

#include "evomlp/core/write_file.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/version.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace evomlp {

namespace detail {

/// Appends a number's bytes, little-endian on every machine.
template <class T>
void append_little_endian(std::vector<std::byte>& to, T number) {
  std::byte bytes[sizeof(T)];
  std::memcpy(bytes, &number, sizeof(T));
  if constexpr (std::endian::native == std::endian::big) std::reverse(bytes, bytes + sizeof(T));
  for (const std::byte byte : bytes) to.push_back(byte);  // g++ 12 warns of an insert here
}

/// The file under construction: header entries and data, in the same order.
class SafetensorsWriter {
 public:
  SafetensorsWriter() {
    header_ = R"({"__metadata__":{"format":"pt","evomlp":")" + std::to_string(EVOMLP_VERSION_MAJOR) + "." +
              std::to_string(EVOMLP_VERSION_MINOR) + "." + std::to_string(EVOMLP_VERSION_PATCH) + "\"}";
  }

  /// `append` adds the tensor's bytes. Keys are identifiers and dots, so there is nothing to escape.
  void add(std::string_view key, std::string_view dtype, std::string_view shape, auto append) {
    const std::size_t begin = data_.size();
    append(data_);
    header_.append(",\"").append(key).append("\":{\"dtype\":\"").append(dtype).append("\",\"shape\":[").append(shape);
    header_ += "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(data_.size()) + "]}";
  }

  std::vector<std::byte> finish() {
    header_ += '}';
    while (header_.size() % 8 != 0) header_ += ' ';  // the data then begins at a multiple of 8
    std::vector<std::byte> file;
    file.reserve(8 + header_.size() + data_.size());
    append_little_endian(file, static_cast<std::uint64_t>(header_.size()));
    const auto* const text = reinterpret_cast<const std::byte*>(header_.data());
    file.insert(file.end(), text, text + header_.size());
    file.insert(file.end(), data_.begin(), data_.end());
    return file;
  }

 private:
  std::string header_;
  std::vector<std::byte> data_;
};

}  // namespace detail

/// Writes all parameters and buffers to a safetensors file: keys as in parameter_table<Net>, weights as [out, in],
/// float as F32, double as F64, and each BatchNorm1d's `num_batches_tracked` (0), which PyTorch's strict loading asks
/// for. A PyTorch module of the same structure loads it with load_state_dict(safetensors.torch.load_file(path)). The
/// file appears whole or not at all. Throws FileError.
template <class Net, class T>
void save(const Model<Net, T>& model, const std::filesystem::path& path) {
  detail::SafetensorsWriter writer;
  std::vector<const ParameterInfo*> infos;
  for (const ParameterInfo& info : parameter_table<Net>) infos.push_back(&info);
  std::sort(infos.begin(), infos.end(), [](const auto* a, const auto* b) { return a->key < b->key; });

  // The format's own writers put the larger alignment first, then sort by name.
  constexpr std::string_view mean = "running_mean";
  for (const ParameterInfo* info : infos) {
    if (info->trained || !info->key.ends_with(mean)) continue;
    const std::string layer(info->key.substr(0, info->key.size() - mean.size()));
    writer.add(layer + "num_batches_tracked", "I64", "",
               [](auto& to) { detail::append_little_endian(to, std::int64_t{0}); });
  }
  for (const ParameterInfo* info : infos) {
    const std::string shape =
        info->rank == 2 ? std::to_string(info->out) + "," + std::to_string(info->in) : std::to_string(info->out);
    const T* const values = (info->trained ? model.parameters() : model.buffers()).data() + info->offset;
    writer.add(info->key, std::is_same_v<T, float> ? "F32" : "F64", shape, [&](auto& to) {
      for (std::size_t o = 0; o < info->out; ++o)
        for (std::size_t i = 0; i < info->in; ++i) detail::append_little_endian(to, values[i * info->out + o]);
    });
  }
  write_file(path, writer.finish());
}

}  // namespace evomlp
