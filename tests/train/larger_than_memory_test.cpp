// SPDX-License-Identifier: MIT
// Training by blocks on files of ten times the limit of memory: how much memory it takes, and that the result is that
// of the same rows in memory.
#include "evomlp/data/dataset.hpp"
#include "evomlp/data/mapped_npy.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/train/evaluate.hpp"
#include "evomlp/train/fit.hpp"
#include "support/temporary_folder.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

using namespace evomlp;
using evomlp_test::same_bits;

namespace {

constexpr std::size_t megabyte = std::size_t{1} << 20, limit = 4 * megabyte, width = 512, rows = 10240;
static_assert(rows * width * sizeof(double) == 10 * limit);
using Net = Sequential<Linear<width, 1>>;

// Besides: batches, the order of the rows, pages that are just being given back; and what sanitizers note of each access.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::size_t besides = 16 * megabyte;
#else
constexpr std::size_t besides = 4 * megabyte;
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t besides = 16 * megabyte;
#else
constexpr std::size_t besides = 4 * megabyte;
#endif

double value(std::size_t row, std::size_t column) {
  return static_cast<double>((row * 31 + column * 17) % 101) / 101 - 0.5;
}

/// Rows first … past - 1 as an .npy file; without columns, their targets.
std::filesystem::path write_shard(const std::filesystem::path& path, std::size_t first, std::size_t past,
                                  std::size_t columns) {
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + std::to_string(past - first) +
                       (columns == 0 ? ",)" : ", " + std::to_string(columns) + ")") + "}\n";
  header = std::string("\x93NUMPY\1\0", 8) + static_cast<char>(header.size()) + '\0' + header;
  std::ofstream file(path, std::ios::binary);
  file.write(header.data(), static_cast<std::streamsize>(header.size()));
  std::vector<double> line(columns == 0 ? 1 : columns);
  for (std::size_t row = first; row < past; ++row) {
    for (std::size_t column = 0; column < line.size(); ++column)
      line[column] = value(row, columns == 0 ? width : column);
    file.write(reinterpret_cast<const char*>(line.data()), static_cast<std::streamsize>(line.size() * sizeof(double)));
  }
  REQUIRE(file.good());
  return path;
}

/// By how much the memory of this process (the pages that are there) grows at most during `run`, in bytes; nothing
/// where the system doesn't say, and then `run` ran all the same.
std::optional<std::size_t> growth(auto run) {
  const auto figure = [](const std::string& name) -> std::optional<std::size_t> {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
      if (line.rfind(name, 0) == 0) return std::size_t{1024} * std::strtoull(line.c_str() + name.size(), nullptr, 10);
    return std::nullopt;
  };
  std::ofstream("/proc/self/clear_refs") << '5';  // the peak begins anew
  const auto before = figure("VmRSS:"), peak = figure("VmHWM:");
  run();
  const auto after = figure("VmHWM:");
  return before && peak && *peak < *before + megabyte ? std::optional(*after - (std::min)(*before, *after))
                                                      : std::nullopt;
}

struct Trained {
  Model<Net, double> model{init::he_normal(), 1};
  double training_loss = 0, validation_loss = 0, evaluated = 0;
};

Trained train(const auto& source) {
  Trained result;
  const History history =
      fit(result.model, source, MSELoss{}, SGD{.lr = 0.01},
          {.epochs = 2, .batch_size = 64, .validation = &source, .seed = 3, .shuffle = ByBlocks{64, 8}});
  result.training_loss = history.loss.back();
  result.validation_loss = history.validation_loss.back();
  result.evaluated = evaluate(result.model, source, MSELoss{}).loss;
  return result;
}

}  // namespace

TEST_CASE("ten times the limit: memory stays below it, and the result is the same bits") {
  const TemporaryFolder folder;
  std::vector<std::filesystem::path> x;
  const std::size_t cuts[] = {0, 3000, 3001, 3001, 8000, rows};
  for (std::size_t i = 0; i + 1 < std::size(cuts); ++i)
    x.push_back(write_shard(folder.path() / ("x" + std::to_string(i) + ".npy"), cuts[i], cuts[i + 1], width));
  const auto y = write_shard(folder.path() / "y.npy", 0, rows, 0);

  const MappedNpy<double> source(x, y, {.memory = limit});
  Trained mapped = train(source);  // once before, for what the code itself needs (an emulator translates it)
  if (const auto grown = growth([&] { mapped = train(source); })) {
    CHECK(*grown < limit + besides);
    // What the check is worth: without a limit all of it is there.
    const MappedNpy<double> unlimited(x, y);
    CHECK(*growth([&] { evaluate(mapped.model, unlimited, MSELoss{}); }) > 8 * limit);
  } else {
    MESSAGE("/proc/self doesn't tell the peak of memory here: it is not looked at");
  }

  Dataset<double> data{make_matrix<double>(rows, width), make_matrix<double>(rows, 1)};
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < width; ++column) data.x(row, column) = value(row, column);
    data.y(row, 0) = value(row, width);
  }
  const Trained in_memory = train(data);
  CHECK(same_bits(mapped.model, in_memory.model));
  CHECK(mapped.training_loss == in_memory.training_loss);
  CHECK(mapped.validation_loss == in_memory.validation_loss);
  CHECK(mapped.evaluated == in_memory.evaluated);
  CHECK(in_memory.training_loss < 0.2);
}
