// SPDX-License-Identifier: MIT
// Models as NumPy's .npz files. Needs zlib, to compile and to link.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/read_file.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/core/utf8.hpp"
#include "evomlp/data/npy_array.hpp"
#include "evomlp/data/npy_header.hpp"
#include "evomlp/io/model_values.hpp"
#include "evomlp/io/npz.hpp"
#include "evomlp/io/safetensors.hpp"
#include "evomlp/io/tensor_file.hpp"
#include "evomlp/net/model.hpp"

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evomlp {

/// Writes all parameters and buffers as arrays under PyTorch's keys, weights as [out, in]:
/// numpy.load(path)["0.weight"]. The file appears whole or not at all. Throws FileError, also for 4 GiB or more.
template <class Net, class T>
void save_npz(const Model<Net, T>& model, const std::filesystem::path& path, const SaveNpz& options = {}) {
  NpyArrays arrays;
  for (const ParameterInfo& info : parameter_table<Net>) {
    const std::span<const T> values = model.values(info);
    const auto add = [&](auto&& array) {
      detail::for_each_number(
          info, [&](std::size_t in_file, std::size_t in_memory) { array.data()[in_file] = values[in_memory]; });
      arrays.emplace(info.key, array);
    };
    if (info.rank == 2)
      add(make_matrix<T>(info.out, info.in));
    else
      add(detail::RowMajor<T, 1>(std::array{info.out}));
  }
  save_npz(path, arrays, options);
}

namespace detail {

/// Element types have the same names in both formats: u, i, f and a number of bits.
inline Dtype npy_dtype(const NpyView& view) {
  if (view.kind == 'b') return Dtype::boolean;
  return *dtype_called(static_cast<char>(view.kind - 'a' + 'A') + std::to_string(8 * view.item_size));
}

/// An .npz file's arrays as a safetensors file, so that a model is read from both in the same way.
inline std::vector<std::byte> as_safetensors(std::span<const std::byte> npz, const std::string& name,
                                             std::size_t max_bytes) {
  TensorFileWriter writer;
  const auto add = [&](const std::string& key, const std::vector<std::byte>& content, const std::string& where) {
    if (!is_utf8(key) || key == "__metadata__") throw FileError(where + " has a name that no parameter can have");
    const NpyView view = parse_npy(content, where, true);
    const std::size_t size = view.item_size, count = view.elements.size() / size;
    writer.add(key, npy_dtype(view), view.shape, [&](std::vector<std::byte>& to) {
      for (std::size_t i = 0; i < count; ++i) {
        const auto element =
            view.elements.subspan((view.fortran_order ? fortran_position(view.shape, i) : i) * size, size);
        for (std::size_t k = 0; k < size; ++k) to.push_back(element[view.big_endian ? size - 1 - k : k]);
      }
    });
  };
  for_each_npy(npz, name, max_bytes, add);
  return writer.finish();
}

}  // namespace detail

/// Reads what save_npz wrote, or what NumPy did: numpy.savez(path, **{"0.weight": …}), weights as [out, in]; PyTorch's
/// `num_batches_tracked` may be there. Options, result and errors are those of `load`; at most max_bytes are inflated.
template <class Net, class T>
LoadResult load_npz(Model<Net, T>& model, const std::filesystem::path& path, LoadOptions options = {},
                    std::size_t max_bytes = npz_max_bytes) {
  const std::string name = detail::path_text(path);
  return detail::load_bytes(model, detail::as_safetensors(read_file(path), name, max_bytes), name, options);
}

/// The same from memory.
template <class Net, class T>
LoadResult load_npz(Model<Net, T>& model, std::span<const std::byte> bytes, LoadOptions options = {},
                    std::size_t max_bytes = npz_max_bytes) {
  const std::string name = "load_npz: file in memory";
  return detail::load_bytes(model, detail::as_safetensors(bytes, name, max_bytes), name, options);
}

}  // namespace evomlp
