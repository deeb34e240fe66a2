// SPDX-License-Identifier: MIT
// The network of 02_mnist, trained by several processes, on one machine or on many.
//
//   mpirun -np 4 build/bin/08_mpi --data data/mnist --out runs
//
// Each step's batch is divided among the processes: their number changes how fast it goes, and no figure but in its last
// digits. Killed and started again, with as many processes as before or not, it goes on where it was. 08_mpi.slurm starts
// it on a cluster.
//
// New after 07_inspect: Mpi.
#include <CLI/CLI.hpp>
#include <evomlp/distributed/mpi.hpp>
#include <evomlp/evomlp.hpp>
#include <evomlp/io/gzip.hpp>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

using namespace evomlp;

using Net = Sequential<Linear<784, 128>, ReLU, Linear<128, 64>, ReLU, Linear<64, 32>, ReLU, Linear<32, 16>, ReLU,
                       Linear<16, 10>>;

// Every process reads all of the data, and takes its part of each batch.
Dataset<float, Labels> load(const std::filesystem::path& folder, const std::string& part) {
  const auto find = [&](const std::string& name) {
    const auto zipped = folder / (name + ".gz");
    return std::filesystem::exists(zipped) ? zipped : folder / name;
  };
  auto data = load_idx_gzip(find(part + "-images-idx3-ubyte"), find(part + "-labels-idx1-ubyte"));
  data.x = (data.x - 0.1307f) / 0.3081f;
  return data;
}

int run(Mpi& mpi, int argc, char** argv) {
  std::filesystem::path folder, out = ".";
  int epochs = 5, batch_size = 128;
  double lr = 1e-3;
  std::uint64_t seed = 1;
  CLI::App app("Trains a 784-128-64-32-16-10 network on MNIST, with as many processes as mpirun starts.");
  app.add_option("--data", folder, "folder with train-images-idx3-ubyte and its three siblings, gzipped or not")
      ->required();
  app.add_option("--epochs", epochs, "passes over the training data")->capture_default_str();
  app.add_option("--batch-size", batch_size, "samples in a step, of all processes together")->capture_default_str();
  app.add_option("--lr", lr, "Adam's learning rate")->capture_default_str();
  app.add_option("--seed", seed, "of the start and the shuffles")->capture_default_str();
  app.add_option("--out", out, "where the checkpoint goes")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto train = load(folder, "train"), test = load(folder, "t10k");
  const auto checkpoint = out / "08_mpi.ckpt";  // written by rank 0, and read by it
  if (mpi.rank() == 0) std::filesystem::create_directories(out);
  const bool goes_on = std::filesystem::exists(checkpoint);  // what rank 0 finds counts

  Model<Net> model(init::he_normal(), seed);
  const History history = fit(model, train, CrossEntropyLoss{}, Adam{.lr = lr},
                              {.epochs = epochs,
                               .batch_size = batch_size,
                               .validation = &test,
                               .seed = seed,
                               .progress = true,
                               .resume = goes_on ? checkpoint : std::filesystem::path()},
                              mpi, Checkpoint{.path = checkpoint, .every_steps = 500});

  if (mpi.rank() != 0) return 0;
  for (std::size_t epoch = 0; epoch < history.loss.size(); ++epoch)
    std::printf("epoch %zu: loss %.7f, test loss %.7f, %.1f s\n", epoch + 1, history.loss[epoch],
                history.validation_loss[epoch], history.seconds[epoch]);
  std::printf("test accuracy %.4f with %d processes\n", evaluate(model, test, CrossEntropyLoss{}).accuracy, mpi.size());
  return 0;
}

int main(int argc, char** argv) {
  Mpi mpi;  // lives as long as main: what goes wrong is said before the other processes are ended
  try {
    return run(mpi, argc, argv);
  } catch (const Error& error) {
    std::fprintf(stderr, "08_mpi: %s\n", error.what());
    mpi.leave(error.what());
    return 1;
  }
}
