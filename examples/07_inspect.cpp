// SPDX-License-Identifier: MIT
// What a model file or a checkpoint holds: keys, dtypes, shapes, numbers, metadata. A file that is malformed, or has
// numbers that aren't finite, ends the program with 1.
//   build/bin/07_inspect model.safetensors
#include <CLI/CLI.hpp>
#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
using namespace evomlp;

namespace {

struct Numbers {
  std::size_t count = 0, not_finite = 0;
  double smallest = 0, largest = 0;
};

/// Of an F32 or F64 tensor, whose bytes may lie anywhere (and are little-endian, as this machine is taken to be).
template <class T>
Numbers numbers_in(const TensorEntry& tensor) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Numbers numbers{.count = tensor.bytes.size() / sizeof(T), .smallest = infinity, .largest = -infinity};
  for (std::size_t i = 0; i < numbers.count; ++i) {
    T number;
    std::memcpy(&number, tensor.bytes.data() + i * sizeof(T), sizeof(T));
    if (!std::isfinite(number)) {
      ++numbers.not_finite;
      continue;
    }
    numbers.smallest = std::min(numbers.smallest, static_cast<double>(number));
    numbers.largest = std::max(numbers.largest, static_cast<double>(number));
  }
  return numbers;
}

/// What a stranger wrote should not move the cursor of a terminal.
std::string printable(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return text;
}

std::string shape_of(const TensorEntry& tensor) {
  std::string text;
  for (const std::size_t size : tensor.shape) text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "[" + text + "]";
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Prints what a safetensors file or a checkpoint holds, and checks it."};
  std::filesystem::path path;
  app.add_option("FILE", path, "what save, a checkpoint or PyTorch wrote")->required();
  CLI11_PARSE(app, argc, argv);

  const auto bytes = read_file(path);
  const TensorFile file(bytes, path.string());  // throws unless all of it is as it should be
  std::printf("%s: %zu bytes, %zu tensors\n", path.string().c_str(), bytes.size(), file.entries().size());
  for (const auto& [key, text] : file.metadata())
    std::printf("  %s: %s\n", printable(key).c_str(), printable(text).c_str());

  Numbers all;
  for (const TensorEntry& tensor : file.entries()) {
    std::printf("%-36s %-4s %-12s", printable(tensor.key).c_str(), std::string(to_string(tensor.dtype)).c_str(),
                shape_of(tensor).c_str());
    if (tensor.dtype == Dtype::f32 || tensor.dtype == Dtype::f64) {
      const Numbers numbers = tensor.dtype == Dtype::f32 ? numbers_in<float>(tensor) : numbers_in<double>(tensor);
      if (numbers.count > numbers.not_finite) std::printf(" %.4g to %.4g", numbers.smallest, numbers.largest);
      if (numbers.not_finite > 0) std::printf(" (%zu not finite)", numbers.not_finite);
      all.count += numbers.count;
      all.not_finite += numbers.not_finite;
    }
    std::printf("\n");
  }
  std::printf("%zu floating-point numbers, %zu of them not finite\n", all.count, all.not_finite);
  return all.not_finite > 0 ? 1 : 0;
} catch (const Error& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
