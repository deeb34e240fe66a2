// SPDX-License-Identifier: MIT
// mpirun -np N training compare               N processes train as one does
//                       killed FOLDER         rank 1 dies in the second epoch
//                       resumed FOLDER        goes on from what that has left, with any N, and must end as one process does
#include "counted_mpi.hpp"
#include "support/message_of.hpp"

#include <evomlp/distributed/mpi.hpp>
#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

using namespace evomlp;
using evomlp_test::given;
using evomlp_test::message_of;

namespace {

int failures = 0;

void check(bool holds, const std::string& what) {
  if (holds) return;
  std::printf("failed: %s\n", what.c_str());
  ++failures;
}

/// One type for all that is tried here: alone (of MPI_COMM_SELF) or not, honest or of another version.
struct Processes : Mpi {
  using Mpi::Mpi;

  std::string version{};

  std::vector<std::string> exchange(std::string text) {
    if (const auto at = text.find("evomlp: "); at != std::string::npos && !version.empty())
      text.replace(at, text.find('\n', at) - at, "evomlp: " + version);
    return Mpi::exchange(text);
  }
};

using Plain = Sequential<Linear<784, 128>, ReLU, Linear<128, 64>, ReLU, Linear<64, 32>, ReLU, Linear<32, 16>, ReLU,
                         Linear<16, 10>>;
using Residual = Sequential<Linear<784, 48>, BatchNorm1d<48>, ReLU,
                            Repeat<3, ResidualBlock<1.0, Linear<48, 48>, BatchNorm1d<48>, ReLU>>, Linear<48, 10>>;

/// Ten patterns with noise, in the shape of MNIST.
Dataset<double, Labels> drawn_images(std::size_t n) {
  const Random random(1, Stream::data);
  Dataset<double, Labels> images{make_matrix<double>(n, 784), make_labels(n)};
  for (std::size_t i = 0; i < n; ++i) {
    images.y(i) = static_cast<std::int32_t>(i % 10);
    for (std::size_t j = 0; j < 784; ++j)
      images.x(i, j) = random.uniform(i % 10 * 784 + j) + random.uniform(10'000 + i * 784 + j);
  }
  return images;
}

constexpr std::size_t samples = 69;  // the last batch is shorter: 9

template <class Net>
struct Run {
  Model<Net, double> model;
  History history;
};

template <class Net>
Run<Net> train(Processes& processes, FitOptions options, const Dataset<double, Labels>& images, auto&... extras) {
  options.batch_size = 20;
  options.seed = 5;
  options.validation = &images;
  Model<Net, double> model(init::he_normal(), 1);
  History history = fit(model, images, CrossEntropyLoss{}, Adam{.lr = 3e-3}, options, processes, extras...);
  return {std::move(model), std::move(history)};
}

template <class Net>
bool same_bits(const Run<Net>& a, const Run<Net>& b) {
  return a.model == b.model && a.history.loss == b.history.loss;
}

std::string bytes_of(const auto& model) {
  const auto numbers = std::as_bytes(model.parameters());
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size()};
}

/// The largest relative difference of losses, before and after.
template <class Net>
double distance(const Run<Net>& a, const Run<Net>& b) {
  double worst = 0;
  for (const auto figures : {&History::loss, &History::validation_loss})
    for (std::size_t e = 0; e < (a.history.*figures).size(); ++e)
      worst = std::fmax(worst, std::fabs((a.history.*figures)[e] / (b.history.*figures)[e] - 1));
  return worst;
}

template <class Net>
void compare(Processes& all, Processes& alone, const std::string& name) {
  const auto images = drawn_images(samples);
  const auto together = train<Net>(all, {.epochs = 2}, images);
  const auto synced = train<Net>(all, {.epochs = 2, .sync_batchnorm = true}, images);
  const std::string bits = bytes_of(together.model) + bytes_of(synced.model);
  for (const std::string& others : all.exchange(bits))
    check(others == bits, name + ": not all ranks have the same bits");
  if (all.rank() != 0) return;  // one is enough
  const auto in_parts = train<Net>(alone, {.epochs = 2, .accumulate = all.size()}, images);
  check(same_bits(together, in_parts), name + ": the bits are not those of .accumulate");
  const auto whole = train<Net>(alone, {.epochs = 2}, images);
  check(distance(synced, whole) < 1e-9, name + ": the losses differ by " + std::to_string(distance(synced, whole)));
  check(!(whole.history.loss[1] >= whole.history.loss[0]), name + ": learns nothing");
  std::printf("%s, %d ranks: loss %.15g, 1 rank %.15g\n", name.c_str(), all.size(), synced.history.loss[1],
              whole.history.loss[1]);
}

/// Within a step every gradient is given to MPI once, whatever the pieces.
void count(Processes& all) {
  if (all.size() == 1) return;
  const auto images = drawn_images(24);
  Processes pieces(MPI_COMM_WORLD, {.bucket_bytes = 4096});
  for (Processes* each : {&all, &pieces}) {
    given().clear();
    Model<Plain, double> model(init::he_normal(), 1);
    fit(model, images, CrossEntropyLoss{}, SGD{}, {.batch_size = 24}, *each);
    auto spans = given();
    std::sort(spans.begin(), spans.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
    std::vector<std::size_t> lengths;  // of what lies together
    const std::byte* end = nullptr;
    for (const auto& one : spans) {
      if (one.begin != end) lengths.push_back(0);
      lengths.back() += one.bytes;
      end = one.begin + one.bytes;
    }
    check(std::count(lengths.begin(), lengths.end(), Plain::num_parameters * sizeof(double)) == 1,
          "the gradients are not given once");
    check(*std::max_element(lengths.begin(), lengths.end()) == Plain::num_parameters * sizeof(double),
          "more than the gradients is given");
    if (each == &pieces) check(spans.size() > 5, "the gradients are not given in pieces");
  }
}

void refuse(Processes& all) {
  if (all.size() == 1) return;
  const bool is_odd = all.rank() == 1;
  const auto images = drawn_images(samples - (is_odd ? 1 : 0));
  check(message_of<TrainingError>([&] { train<Plain>(all, {}, images); }) ==
            "fit: rank 1 has samples: 68, rank 0 has samples: 69",
        "another number of samples");
  if (is_odd) all.version = "0.0.9";
  const std::string ours = std::to_string(EVOMLP_VERSION_MAJOR) + "." + std::to_string(EVOMLP_VERSION_MINOR) + "." +
                           std::to_string(EVOMLP_VERSION_PATCH);
  const std::string message = message_of<TrainingError>([&] { train<Plain>(all, {}, images); });
  check(message == "fit: rank 1 has evomlp: 0.0.9, rank 0 has evomlp: " + ours, "another version: " + message);
  all.version.clear();
}

/// Runs are dealt out among the ranks, and each has the whole report.
void experiment(Processes& all, Processes& alone) {
  struct Settings {
    std::string name;
    double factor;
  };
  int made = 0;
  const auto run = [&](const Settings& settings, std::uint64_t seed) {
    ++made;
    if (seed == 3) throw DataError("an odd seed");
    return settings.factor * static_cast<double>(seed) / 3;
  };
  const std::vector<Settings> settings{{"small", 0.1}, {"large", 10}};
  const ExperimentOptions options{.seeds = 5, .threads = 1};
  const auto together = run_experiments(settings, options, run, all);
  const int own = made;
  check(own >= 10 / all.size() && own <= (10 + all.size() - 1) / all.size(), std::to_string(own) + " runs in one rank");
  const auto whole = run_experiments(settings, options, run, alone);
  check(made == own + 10, "alone, not all runs");
  check(together.runs.size() == 10 && whole.runs.size() == 10, "the number of runs");
  for (std::size_t i = 0; i < 10; ++i)
    check(together.runs[i].configuration == whole.runs[i].configuration &&
              together.runs[i].seed == whole.runs[i].seed && together.runs[i].figures == whole.runs[i].figures &&
              together.runs[i].failure == whole.runs[i].failure,
          "run " + std::to_string(i) + " differs");
}

FitOptions long_run(const std::filesystem::path& resume = {}) { return {.epochs = 3, .resume = resume}; }

void be_killed(Processes& all, const std::filesystem::path& folder) {
  struct Die {
    bool here;
    void on_step(const StepReport& report) const {
      if (here && report.epoch == 1 && report.step == 2) std::raise(SIGKILL);
    }
  } die{all.rank() == 1};
  if (all.rank() == 0) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  Checkpoint checkpoint{.path = folder / "run.ckpt", .every_steps = 1};
  train<Plain>(all, long_run(), drawn_images(samples), checkpoint, die);
}

void be_resumed(Processes& all, Processes& alone, const std::filesystem::path& folder) {
  const auto images = drawn_images(samples);
  const auto resumed = train<Plain>(all, long_run(folder / "run.ckpt"), images);
  if (all.rank() != 0) return;
  const auto whole = train<Plain>(alone, long_run(), images);
  check(resumed.history.epochs() == 3, "not all epochs");
  check(distance(resumed, whole) < 1e-9, "the resumed run differs by " + std::to_string(distance(resumed, whole)));
}

int run(Processes& all, const std::string& what, const std::filesystem::path& folder) {
  Processes alone(MPI_COMM_SELF);
  if (what == "compare") {
    compare<Plain>(all, alone, "plain");
    compare<Residual>(all, alone, "residual");
    count(all);
    refuse(all);
    experiment(all, alone);
  } else if (what == "killed") {
    be_killed(all, folder);
  } else {
    be_resumed(all, alone, folder);
  }
  return failures;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: training compare | killed FOLDER | resumed FOLDER\n"), 2;
  Processes all;
  try {
    return run(all, argv[1], argc > 2 ? argv[2] : "");
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
