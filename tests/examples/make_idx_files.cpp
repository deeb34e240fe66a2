// SPDX-License-Identifier: MIT
// make_idx_files DIR: a small data set under MNIST's file names, for running examples/02_mnist: 1200 and 300 images of
// 28 × 28, each with one bright row of its own class among noise. The training images are gzipped, the rest is plain.
#include "evomlp/core/random.hpp"

#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <vector>

namespace {

using Bytes = std::vector<unsigned char>;

void append_size(Bytes& to, std::uint32_t n) {
  for (const unsigned shift : {24u, 16u, 8u, 0u}) to.push_back(static_cast<unsigned char>(n >> shift));
}

struct Files {
  Bytes images, labels;
};

Files make(std::uint32_t n, std::uint64_t seed) {
  const evomlp::Random random(seed, evomlp::Stream::data);
  Files files{{0, 0, 8, 3}, {0, 0, 8, 1}};
  for (const std::uint32_t size : {n, 28u, 28u}) append_size(files.images, size);
  append_size(files.labels, n);
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint32_t label = i % 10;
    files.labels.push_back(static_cast<unsigned char>(label));
    for (std::uint32_t pixel = 0; pixel < 784; ++pixel) {
      const bool bright = pixel / 28 == 4 + 2 * label;
      files.images.push_back(
          static_cast<unsigned char>((bright ? 200 : 0) + random.below(std::uint64_t{784} * i + pixel, 50)));
    }
  }
  return files;
}

void write(const std::filesystem::path& path, const Bytes& bytes) {
  std::ofstream file(path, std::ios::binary);
  for (const unsigned char byte : bytes) file.put(static_cast<char>(byte));
}

void write_gzip(const std::filesystem::path& path, const Bytes& bytes) {
  const gzFile file = gzopen(path.string().c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
}

}  // namespace

int main(int, char** argv) {
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  const Files train = make(1200, 1), test = make(300, 2);
  write_gzip(folder / "train-images-idx3-ubyte.gz", train.images);
  write(folder / "train-labels-idx1-ubyte", train.labels);
  write(folder / "t10k-images-idx3-ubyte", test.images);
  write(folder / "t10k-labels-idx1-ubyte", test.labels);
}
