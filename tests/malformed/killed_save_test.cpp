// SPDX-License-Identifier: MIT
// A kill at any moment of save leaves the old file or the new one.
#if !defined(_WIN32)
#include "evomlp/io/safetensors.hpp"
#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"

#include "support/draw.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>

using namespace evomlp;

namespace {

using Net = Sequential<Linear<100, 100>, BatchNorm1d<100>>;  // 40 KB

Model<Net> version(int n) {
  Model<Net> model;
  std::fill(model.parameters().begin(), model.parameters().end(), static_cast<float>(n));
  return model;
}

}  // namespace

TEST_CASE("Killed at 200 random moments, save leaves a whole model each time") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  int newest = 0, moved = 0, cut = 0;
  const auto begin = std::chrono::steady_clock::now();
  save(version(newest), path);
  const auto one_save = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  auto latest = 3 * static_cast<std::size_t>(one_save.count());  // microseconds after which a child is killed at last
  evomlp_test::Draw draw(1);
  for (int kill_number = 0; kill_number < 200; ++kill_number) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      try {
        for (int n = newest + 1;; ++n) save(version(n), path);
      } catch (...) {
        _exit(1);
      }
    }
    usleep(static_cast<useconds_t>(draw.size(0, latest)));
    kill(child, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));

    Model<Net> model;
    load(model, path);
    const int found = static_cast<int>(model.parameters()[0]);
    REQUIRE(model == version(found));
    REQUIRE(found >= newest);
    if (found > newest) ++moved;
    else latest += latest / 16 + 1;  // on a busy machine the child may not have begun
    newest = found;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      if (entry.path() == path) continue;
      ++cut;  // the kill came inside of save: what it had begun is beside the file
      std::filesystem::remove(entry.path());
    }
  }
  CHECK(moved > 0);
  CHECK(cut > 0);
}
#endif
