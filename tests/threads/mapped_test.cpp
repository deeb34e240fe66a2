// SPDX-License-Identifier: MIT
// labels: thread
// One mapped source with a limit of memory, read by several threads.
#include "evomlp/data/load_npy.hpp"
#include "evomlp/data/mapped_npy.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <thread>
#include <vector>

TEST_CASE("a limit for all threads together, and the right rows for each") {
  const TemporaryFolder folder;
  const std::size_t n = 20000;
  auto x = evomlp::make_matrix<float>(n, 8), y = evomlp::make_matrix<float>(n, 1);
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t column = 0; column < 8; ++column) x(row, column) = static_cast<float>(row + column);
    y(row, 0) = static_cast<float>(row);
  }
  const auto x_file = folder.path() / "x.npy", y_file = folder.path() / "y.npy";
  evomlp::save_npy(x_file, x);
  evomlp::save_npy(y_file, y);
  const evomlp::MappedNpy<float> source({x_file, x_file}, {y_file, y_file}, {.memory = std::size_t{256} << 10});

  std::vector<int> wrong(3);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      std::vector<std::size_t> rows(50);
      std::vector<float> inputs(50 * 8), targets(50);
      for (std::size_t batch = 0; batch < 100; ++batch) {
        for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = (t + 7919 * (50 * batch + i)) % (2 * n);
        source.prefetch(rows[0], 1000);
        source.gather(rows, inputs.data(), targets.data());
        for (std::size_t i = 0; i < rows.size(); ++i)
          if (inputs[8 * i + 7] != x(rows[i] % n, 7) || targets[i] != y(rows[i] % n, 0)) ++wrong[t];
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(3));
}
