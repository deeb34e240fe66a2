// SPDX-License-Identifier: MIT
// NumPy's .npz files: zip archives of .npy files, by name. Needs zlib, to compile and to link.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/read_file.hpp"
#include "evomlp/core/write_file.hpp"
#include "evomlp/data/npy_array.hpp"
#include "evomlp/io/zip_reader.hpp"
#include "evomlp/io/zip_writer.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp {

/// Arrays by name: arrays.at("x").tensor<float>(), arrays.at("y").labels().
using NpyArrays = std::map<std::string, NpyArray, std::less<>>;

/// The most that load_npz inflates unless told otherwise, of all members together: 1 GiB.
inline constexpr std::size_t npz_max_bytes = std::size_t{1} << 30;

namespace detail {

/// use(key, content, where) for each array of an archive; `where` begins the messages about it.
void for_each_npy(std::span<const std::byte> bytes, const std::string& name, std::size_t max_bytes, auto use) {
  constexpr std::string_view ending = ".npy";
  for (auto& [member, content] : ZipReader(bytes, name, max_bytes).read()) {
    const std::string where = concat({name, ": member \"", member, "\""});
    if (!member.ends_with(ending)) throw FileError(where + " is no .npy file");
    use(member.substr(0, member.size() - ending.size()), std::move(content), where);
  }
}

inline NpyArrays read_npz(std::span<const std::byte> bytes, const std::string& name, std::size_t max_bytes) {
  NpyArrays arrays;
  for_each_npy(bytes, name, max_bytes,
               [&](const std::string& key, std::vector<std::byte> content, const std::string& where) {
                 arrays.emplace(key, NpyArray(std::move(content), where));
               });
  return arrays;
}

}  // namespace detail

/// Reads all arrays of a file that numpy.savez or numpy.savez_compressed wrote. Throws FileError, with the offset, if
/// it is no zip archive, truncated or damaged (checksums are verified), encrypted, zip64 (a member of 4 GiB or more),
/// if members inflate to more than max_bytes together, or if one is no .npy file that NpyArray reads.
inline NpyArrays load_npz(const std::filesystem::path& path, std::size_t max_bytes = npz_max_bytes) {
  return detail::read_npz(read_file(path), detail::path_text(path), max_bytes);
}

/// The same from memory.
inline NpyArrays load_npz(std::span<const std::byte> bytes, std::size_t max_bytes = npz_max_bytes) {
  return detail::read_npz(bytes, "load_npz: archive in memory", max_bytes);
}

struct SaveNpz {
  bool compress = true;  ///< as numpy.savez_compressed; false: as numpy.savez
};

/// Writes arrays for numpy.load: save_npz("data.npz", {{"x", data.x}, {"y", data.y}}). The file is written whole or not
/// at all, and the same arrays give the same bytes. Throws FileError, also for 4 GiB or more.
inline void save_npz(const std::filesystem::path& path, const NpyArrays& arrays, const SaveNpz& options = {}) {
  const std::string name = detail::path_text(path);
  detail::ZipWriter archive(name);
  for (const auto& [key, array] : arrays) archive.add(key + ".npy", array.file(), options.compress);
  write_file(path, archive.finish());
}

}  // namespace evomlp
