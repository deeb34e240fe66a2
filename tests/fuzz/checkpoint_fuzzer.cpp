// SPDX-License-Identifier: MIT
// fit's resume, load_best and load_checkpoint: an Error with the model as it was, or a run that goes on to its end.
#include "corpus/nets.hpp"
#include "fuzz/expect_errors.hpp"
#include "fuzz/safetensors_mutator.hpp"

#include <unistd.h>

#include <cstring>
#include <string>

using namespace evomlp_corpus;
using namespace evomlp_test;

namespace {

/// A file for what reads nothing else, in memory where there is such a place.
struct File {
  std::filesystem::path path =
      (std::filesystem::exists("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path()) /
      std::filesystem::path("checkpoint_fuzzer." + std::to_string(getpid()));
  ~File() { std::filesystem::remove(path); }
};

const Model<Trained>& start() {
  static const Model<Trained> model(init::he_normal(), 1);
  return model;
}

bool unchanged(const Model<Trained>& model) {
  return std::memcmp(model.parameters().data(), start().parameters().data(), start().parameters().size_bytes()) == 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const File file;
  std::ofstream(file.path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  auto model = start();
  if (!reads([&] { load_best(file.path, model); })) require(unchanged(model));

  model = start();
  State state(model, clipped_adam(), {.max_batch = 40, .seed = 5});
  if (reads([&] { load_checkpoint(file.path, model, state); })) {
    loop(model, state, 1);
  } else {
    require(unchanged(model));
    require(state.step() == 0);
  }

  model = start();
  reads([&] { run(model, 4, file.path).epochs(); });
  return 0;
}
