// SPDX-License-Identifier: MIT
// write_corpus FOLDER: writes this version's files of the corpus into FOLDER/<version>.
#include "corpus/nets.hpp"

#include <cstdio>
#include <stdexcept>

using namespace evomlp_corpus;

namespace {

template <class T>
void write_every_layer(const std::filesystem::path& path) {
  const auto model = every_layer<T>();
  const Example example = example_of(model);
  save(model, path, named("example", example));
}

/// Ends a run inside an epoch, as a kill would.
struct Kill {
  void on_step(const StepReport& report) const {
    if (report.epoch == 3 && report.step == 1) throw std::runtime_error("killed");
  }
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) return std::fprintf(stderr, "usage: write_corpus FOLDER\n"), 2;
  const auto folder = std::filesystem::path(argv[1]) / EVOMLP_VERSION;
  std::filesystem::create_directories(folder);

  write_every_layer<float>(folder / "every_layer_float.safetensors");
  write_every_layer<double>(folder / "every_layer_double.safetensors");

  TableEncoder<float, Labels> encoder({.target = "kind"});
  encoder.fit(table());
  save(Model<OfTable>(init::he_normal(), 1), folder / "table.safetensors", named("encoder", encoder));

  Model<Trained> model(init::he_normal(), 1);
  State state(model, clipped_adam(), {.max_batch = 40, .seed = 5});
  loop(model, state, 3);
  save_checkpoint(folder / "loop.ckpt", model, state);

  Model<Trained> of_fit(init::he_normal(), 1);
  try {
    run(of_fit, 6, {}, Checkpoint{.path = folder / "fit.ckpt", .every_epochs = 0, .every_steps = 5}, Kill{});
  } catch (const std::runtime_error&) {  // the file is that of step 0 of epoch 3
  }
} catch (const std::exception& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
