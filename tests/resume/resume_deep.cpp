// SPDX-License-Identifier: MIT
// resume_deep FOLDER [DATA]: a 41-layer BatchNorm net at quarter width trains on 6,000 images, is killed (SIGKILL) at
// random steps inside epochs, resumed, and must end with the bits of a run that nobody killed. DATA: a folder with
// MNIST's IDX files; without it the images are drawn here. POSIX only.
#include <evomlp/evomlp.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <span>
#include <string>

using namespace evomlp;
namespace fs = std::filesystem;

namespace {

template <std::size_t In, std::size_t Out>
using Layer = Sequential<Linear<In, Out>, ReLU, BatchNorm1d<Out>>;
// A quarter of 784 1024 1024 512 512 (256 512 1024 512 256)x5 64 64 64 32 32 32 16 16 12 12.
using Module = Sequential<Layer<64, 64>, Layer<64, 128>, Layer<128, 256>, Layer<256, 128>, Layer<128, 64>>;
using Net = Sequential<Layer<784, 196>, Layer<196, 256>, Layer<256, 256>, Layer<256, 128>, Layer<128, 128>,
                       Layer<128, 64>, Layer<64, 128>, Layer<128, 256>, Layer<256, 128>, Layer<128, 64>,
                       Repeat<4, Module>, Layer<64, 16>, Layer<16, 16>, Layer<16, 16>, Layer<16, 8>, Layer<8, 8>,
                       Layer<8, 8>, Layer<8, 4>, Layer<4, 4>, Layer<4, 3>, Layer<3, 3>, Linear<3, 10>>;
static_assert(Net::num_layers == 41);

constexpr int epochs = 8;

/// Ten patterns with noise.
Dataset<float, Labels> drawn_images(std::size_t n) {
  const Random random(1, Stream::data);
  Dataset<float, Labels> images{make_matrix<float>(n, 784), make_labels(n)};
  for (std::size_t i = 0; i < n; ++i) {
    const auto label = static_cast<std::size_t>(random.below(i, 10));
    images.y(i) = static_cast<std::int32_t>(label);
    for (std::size_t j = 0; j < 784; ++j)
      images.x(i, j) = static_cast<float>(0.5 * random.normal(10'000'000 + label * 784 + j) +
                                          0.5 * random.normal(20'000'000 + i * 784 + j));
  }
  return images;
}

DatasetSplit<Dataset<float, Labels>> images(const char* folder) {
  if (!folder) return train_test_split(drawn_images(6000), {.test_size = 0.1, .seed = 1});
  const fs::path path(folder);
  auto all = load_idx(path / "train-images-idx3-ubyte", path / "train-labels-idx1-ubyte");
  const auto subset = train_test_split(all, {.test_size = 6000, .stratify = true, .seed = 1}).test;
  return train_test_split(subset, {.test_size = 0.1, .seed = 2});
}

/// Trains, from the checkpoint if there is one, and writes down what came out.
void train(const DatasetSplit<Dataset<float, Labels>>& data, const fs::path& folder) {
  const fs::path checkpoint = folder / "run.ckpt";
  Model<Net> model(init::he_normal(), 1);
  const History history = fit(model, data.train, CrossEntropyLoss{}, Adam{.lr = 1e-3},
                              {.epochs = epochs,
                               .batch_size = 64,
                               .validation = &data.test,
                               .seed = 1,
                               .resume = fs::exists(checkpoint) ? checkpoint : fs::path()},
                              ReduceLROnPlateau{.factor = 0.5, .patience = 0, .threshold = 0.1},
                              Checkpoint{.path = checkpoint, .every_steps = 5});
  std::string figures;
  for (int epoch = 0; epoch < history.epochs(); ++epoch) {
    const auto e = static_cast<std::size_t>(epoch);
    char line[160];
    std::snprintf(line, sizeof line, "%a %a %a\n", history.loss[e], history.validation_loss[e], history.lr[e]);
    figures += line;
  }
  save(model, folder / "model.safetensors");
  write_file(folder / "history.txt", std::as_bytes(std::span(figures)));
}

/// train in a process of its own; false if it was killed after `milliseconds`.
bool train_in_child(const DatasetSplit<Dataset<float, Labels>>& data, const fs::path& folder, long milliseconds) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      train(data, folder);
      ::_exit(0);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      ::_exit(1);
    }
  }
  int status = 0;
  for (long waited = 0; ::waitpid(child, &status, WNOHANG) == 0; ++waited) {
    if (waited == milliseconds) ::kill(child, SIGKILL);
    ::usleep(1000);
  }
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return false;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) std::exit(1);
  return true;
}

/// Where the run in a checkpoint stands.
struct Standing {
  int epoch = 0;
  std::size_t step = 0;
  double scale = 1;  // what ReduceLROnPlateau has made of the rate
};
Standing standing(const fs::path& checkpoint) {
  const auto bytes = read_file(checkpoint);
  const TensorFile file(bytes, checkpoint.string());
  MemoryReader memory(file);
  Standing at;
  memory("position.epoch", at.epoch);
  memory("position.step", at.step);
  memory("extras.0.scale", at.scale);
  return at;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: resume_deep FOLDER [IDX FOLDER]\n"), 2;
  const fs::path whole = fs::path(argv[1]) / "whole", killed = fs::path(argv[1]) / "killed";
  fs::remove_all(whole);
  fs::create_directories(whole);
  const auto data = images(argc > 2 ? argv[2] : nullptr);

  const auto begin = std::chrono::steady_clock::now();
  train_in_child(data, whole, -1);
  const double milliseconds =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();

  const double last_scale = standing(whole / "run.ckpt").scale;
  const Random random(static_cast<std::uint64_t>(::getpid()), Stream::data);
  std::uint64_t draws = 0;
  bool as_wanted = false;
  for (int attempt = 0; attempt < 10 && !as_wanted; ++attempt) {  // this machine's speed may have changed
    fs::remove_all(killed);
    fs::create_directories(killed);
    // Killed somewhere in the middle of the time, again and again, each time going on from what the kill has left.
    for (bool done = false; !done;) {
      const long after = static_cast<long>(milliseconds * (0.2 + 0.4 * random.uniform(draws++)));
      done = train_in_child(data, killed, after);
      if (done || !fs::exists(killed / "run.ckpt")) continue;
      const Standing at = standing(killed / "run.ckpt");
      std::printf("killed after %ld ms: epoch %d, step %zu, rate times %g\n", after, at.epoch + 1, at.step, at.scale);
      as_wanted = as_wanted || (at.step > 0 && at.scale < 1 && at.scale > last_scale);
    }
    for (const char* name : {"model.safetensors", "history.txt"})
      if (read_file(whole / name) != read_file(killed / name))
        return std::fprintf(stderr, "%s differs from that of the run that nobody killed\n", name), 1;
  }
  if (!as_wanted)
    return std::fprintf(stderr, "no kill inside an epoch with a drop of the rate before and after it\n"), 1;
  std::printf("the same bits as the run that nobody killed\n");
}
