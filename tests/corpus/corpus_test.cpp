// SPDX-License-Identifier: MIT
// Every version's files stay loadable, and mean what they meant.
#include "corpus/nets.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

using namespace evomlp_corpus;
namespace fs = std::filesystem;

namespace {

/// The folder of each version that wrote files.
std::vector<fs::path> versions() {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(fs::path(EVOMLP_TEST_DIR) / "corpus"))
    if (entry.is_directory()) folders.push_back(entry.path());
  return folders;
}

template <class T>
void check_every_layer(const fs::path& path, double tolerance) {
  Model<EveryLayer, T> model;
  Example then;
  load(model, path, named("example", then));
  CHECK(model == every_layer<T>());
  const Example now = example_of(model);
  REQUIRE(now.y.size() == then.y.size());
  for (std::size_t i = 0; i < now.y.size(); ++i) CHECK(std::abs(now.y[i] - then.y[i]) < tolerance);
}

// Training agrees to rounding from one compiler to another.
void check_close(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(std::abs(a[i] - b[i]) < 1e-4);
}

}  // namespace

TEST_CASE("Models load, and predict the same") {
  REQUIRE(!versions().empty());
  for (const fs::path& folder : versions()) {
    CAPTURE(folder.string());
    check_every_layer<float>(folder / "every_layer_float.safetensors", 1e-6);
    check_every_layer<double>(folder / "every_layer_double.safetensors", 1e-13);
  }
}

TEST_CASE("What is saved beside a model loads, and does the same") {
  for (const fs::path& folder : versions()) {
    CAPTURE(folder.string());
    Model<OfTable> model;
    TableEncoder<float, Labels> encoder({});
    load(model, folder / "table.safetensors", named("encoder", encoder));
    CHECK(model == Model<OfTable>(init::he_normal(), 1));
    TableEncoder<float, Labels> fresh({.target = "kind"});
    const auto expected = fresh.fit_transform(table());
    const auto got = encoder.transform(table());
    const bool same = got.x == expected.x && got.y == expected.y;
    CHECK(same);
  }
}

TEST_CASE("A checkpoint of a loop goes on") {
  Model<Trained> expected(init::he_normal(), 1);
  State expected_state(expected, clipped_adam(), {.max_batch = 40, .seed = 5});
  const double loss = loop(expected, expected_state, 4);
  for (const fs::path& folder : versions()) {
    CAPTURE(folder.string());
    Model<Trained> model;
    State state(model, clipped_adam(), {.max_batch = 40});
    load_checkpoint(folder / "loop.ckpt", model, state);
    CHECK(state.step() == 3);
    CHECK(std::abs(loop(model, state, 1) - loss) < 1e-4);
  }
}

TEST_CASE("A checkpoint of fit goes on inside its epoch") {
  Model<Trained> expected(init::he_normal(), 1);
  const History whole = run(expected, 6, {});
  for (const fs::path& folder : versions()) {
    CAPTURE(folder.string());
    Model<Trained> model;
    const History resumed = run(model, 6, folder / "fit.ckpt");
    check_close(resumed.loss, whole.loss);
    check_close(resumed.validation_loss, whole.validation_loss);
    check_close(resumed.metric("mae"), whole.metric("mae"));
    CHECK(resumed.best_epoch() == whole.best_epoch());

    Model<Trained> best;
    load_best(folder / "fit.ckpt", best);
    const auto validation = moons(2);
    CHECK(evaluate(best, validation, BCEWithLogitsLoss{}).loss ==
          doctest::Approx(whole.validation_loss[2]).epsilon(1e-4));
  }
}

TEST_CASE("Files say which version wrote them") {
  for (const fs::path& folder : versions())
    for (const auto& entry : fs::directory_iterator(folder)) {
      CAPTURE(entry.path().string());
      const auto bytes = read_file(entry.path());
      CHECK(TensorFile(bytes, "file").metadata("evomlp") == folder.filename().string());
    }
}

TEST_CASE("This version's files are in the corpus") {
  CHECK(fs::exists(fs::path(EVOMLP_TEST_DIR) / "corpus" / EVOMLP_VERSION / "fit.ckpt"));
}
