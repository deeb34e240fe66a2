// SPDX-License-Identifier: MIT
// Writes float.safetensors and double.safetensors into the folder argv[1], for read_safetensors.py.
#include "evomlp/evomlp.hpp"

#include <cstddef>
#include <filesystem>

using namespace evomlp;

using Net = Sequential<Linear<3, 2>, ResidualBlock<0.5, BatchNorm1d<2>>>;

template <class T>
void write(const std::filesystem::path& path) {
  Model<Net, T> model;
  auto weight = parameter<"0.weight">(model);
  for (std::size_t out = 0; out < 2; ++out)
    for (std::size_t in = 0; in < 3; ++in) weight(out, in) = static_cast<T>(10 * out + in);
  parameter<"0.bias">(model)(1) = static_cast<T>(0.1);
  save(model, path);
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  write<float>(std::filesystem::path(argv[1]) / "float.safetensors");
  write<double>(std::filesystem::path(argv[1]) / "double.safetensors");
}
