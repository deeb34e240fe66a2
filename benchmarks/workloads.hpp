// SPDX-License-Identifier: MIT
// What the programs of scripts/compare-peers share: the workloads, their data, the clock, the command line
// `PROGRAM WORKLOAD [--threads N] [--budget S]`, and the line that each prints for each metric,
// `CONTENDER WORKLOAD THREADS METRIC VALUE UNIT`. C++17 and nothing of EvoMLP: other libraries are timed by it too.
#pragma once

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// Fully connected layers with ReLU between them, in float32. Training is complete steps with Adam (lr 1e-3): forward,
/// loss, backward, update. The loss is binary cross-entropy with logits for one output, else cross-entropy.
struct Workload {
  std::string name;
  std::vector<int> widths;  // input, hidden layers, output
  int batch;
  int samples;
  bool training = true;     // else prediction: one sample at a time, then `batch` of them
  bool residual = false;    // the layers in the middle are x + 5 ReLU(x W + b); the first has no ReLU
  bool batch_norm = false;  // BatchNorm with scale and shift after each ReLU

  int layers() const { return static_cast<int>(widths.size()) - 1; }
  int in(int layer) const { return widths[static_cast<std::size_t>(layer)]; }
  int out(int layer) const { return widths[static_cast<std::size_t>(layer) + 1]; }
  bool binary() const { return widths.back() == 1; }
  bool has_relu(int layer) const { return layer + 1 < layers() && !(residual && layer == 0); }
  std::size_t features() const { return static_cast<std::size_t>(widths.front()); }
  int batches() const { return samples / batch; }
  std::size_t parameters(int layer) const {
    const int normed = batch_norm && has_relu(layer) ? 2 * out(layer) : 0;
    return static_cast<std::size_t>((in(layer) + 1) * out(layer) + normed);
  }
  std::size_t parameters() const {
    std::size_t sum = 0;
    for (int i = 0; i < layers(); ++i) sum += parameters(i);
    return sum;
  }
};

inline const std::vector<Workload>& workloads() {
  static const std::vector<int> circles{2, 32, 32, 32, 32, 32, 32, 32, 32, 1};
  static const std::vector<int> residual{2, 32, 32, 32, 32, 32, 32, 32, 32, 32, 1};
  static const std::vector<int> digits{784, 128, 64, 32, 16, 10};
  static const std::vector<int> deep{784, 784, 1024, 1024, 2048, 512, 512, 256, 256, 128, 128, 128,
                                     64,  64,  64,   32,   32,   32,  16,  16,  16,  12,  10};
  static const std::vector<Workload> all{
      {"W1", residual, 32, 1000, true, true},
      {"W1p", circles, 32, 1000},
      {"W2", digits, 64, 60000},
      {"W3", deep, 64, 6400, true, false, true},
      {"W4", {784, 2048, 2048, 10}, 256, 6400},
      {"W5", digits, 256, 4096, false},
      {"W5p", circles, 256, 4096, false},
      {"W5r", residual, 256, 4096, false, true},
  };
  return all;
}

inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// One program's run: what it was asked for, and how it says what it measured.
class Contender {
 public:
  /// Reads the command line; --help, --version and mistakes end the program.
  Contender(std::string name, const std::string& version, int argc, char** argv) : name_(std::move(name)) {
    std::vector<std::string> names;
    for (const Workload& each : workloads()) names.push_back(each.name);
    std::string asked;
    CLI::App app("Times training steps or predictions with " + name_ + '.');
    app.set_version_flag("--version", version);
    app.add_option("workload", asked, "what to time")->required()->check(CLI::IsMember(names));
    app.add_option("--threads", threads_,
                   "where the library can be told; BLAS and OpenMP read OPENBLAS_NUM_THREADS and OMP_NUM_THREADS")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--budget", budget_, "seconds to measure")->check(CLI::PositiveNumber)->capture_default_str();
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& stop) {
      std::exit(app.exit(stop));
    }
    workload_ =
        *std::find_if(workloads().begin(), workloads().end(), [&](const Workload& each) { return each.name == asked; });
  }

  const Workload& workload() const { return workload_; }
  int threads() const { return threads_; }
  double budget() const { return budget_; }

  void print(const char* metric, double value, const char* unit) const {
    std::printf("%s %s %d %s %.6g %s\n", name_.c_str(), workload_.name.c_str(), threads_, metric, value, unit);
  }

  /// For what the library has not: ends the program with 3 and the reason, and the row stays empty.
  [[noreturn]] void unable(const char* reason) const {
    std::fprintf(stderr, "%s\n", reason);
    std::exit(3);
  }

  /// Ends the program with 1 if another network than the workload's was built.
  void require_parameters(std::size_t n) const {
    if (n == workload_.parameters()) return;
    std::fprintf(stderr, "%s %s: %zu parameters, expected %zu\n", name_.c_str(), workload_.name.c_str(), n,
                 workload_.parameters());
    std::exit(1);
  }

 private:
  std::string name_;
  Workload workload_;
  int threads_ = 1;
  double budget_ = 1;
};

/// Times steps in slices of half a millisecond, or single steps if they take longer: a slice in which another program
/// had the core falls out of the median. Call done() after each step until it is true; the first ones are to warm up.
class StepClock {
 public:
  explicit StepClock(const Contender& contender) : contender_(contender) {}

  bool done() {
    ++steps_;
    if (slice_ > 0 && steps_ < slice_) return false;
    const double seconds = now() - mark_;
    if (slice_ > 0) {
      seconds_.push_back(seconds / static_cast<double>(steps_));
      if (mark_ + seconds - start_ >= contender_.budget() && seconds_.size() >= 3) {
        print();
        return true;
      }
    } else {
      if (seconds < 0.25 * contender_.budget() && steps_ < 3000) return false;
      slice_ = std::max(1L, static_cast<long>(0.5e-3 * static_cast<double>(steps_) / seconds));
      start_ = now();
    }
    steps_ = 0;
    mark_ = now();
    return false;
  }

 private:
  void print() const {
    const double step = median(seconds_);
    contender_.print("step_us", step * 1e6, "us");
    contender_.print("epoch_ms", step * 1e3 * contender_.workload().samples / contender_.workload().batch, "ms");
  }

  const Contender& contender_;
  double start_ = 0, mark_ = now();
  long steps_ = 0, slice_ = 0;  // a slice of 0 steps: warming up
  std::vector<double> seconds_;
};

/// step(i) trains on batch i.
template <class Step>
void time_steps(const Contender& contender, Step step) {
  StepClock clock(contender);
  long i = 0;
  do step(static_cast<std::size_t>(i++ % contender.workload().batches()));
  while (!clock.done());
}

/// one(i) predicts sample i, many(i) batch i.
template <class One, class Many>
void time_predictions(const Contender& contender, One one, Many many) {
  const Workload& workload = contender.workload();
  const auto time = [&](auto call, int count, int warm_up) {
    std::vector<double> seconds;
    seconds.reserve(4000000);
    std::size_t i = 0;
    const auto next = [&] { call(i++ % static_cast<std::size_t>(count)); };
    while (warm_up-- > 0) next();
    const double start = now();
    do {
      const double mark = now();
      next();
      seconds.push_back(now() - mark);
    } while (now() - start < 0.6 * contender.budget() && seconds.size() < 4000000);
    std::sort(seconds.begin(), seconds.end());
    return seconds;
  };
  const auto singles = time(one, workload.samples, 200);
  contender.print("b1_median_ns", singles[singles.size() / 2] * 1e9, "ns");
  contender.print("b1_p99_ns", singles[singles.size() * 99 / 100] * 1e9, "ns");
  const auto batches = time(many, workload.batches(), 5);
  contender.print("b256_samples_s", workload.batch / batches[batches.size() / 2], "1/s");
}

/// Normal inputs, row after row, and random targets: class labels, or 0 and 1.
struct Data {
  std::vector<float> x;
  std::vector<std::int32_t> labels;
  std::size_t features, batch;

  explicit Data(const Workload& workload)
      : x(static_cast<std::size_t>(workload.samples) * workload.features()),
        labels(static_cast<std::size_t>(workload.samples)),
        features(workload.features()),
        batch(static_cast<std::size_t>(workload.batch)) {
    std::mt19937_64 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> pool(1 << 16);  // drawing as many as W2 has would take seconds
    for (float& value : pool) value = normal(random);
    for (float& value : x) value = pool[random() % pool.size()];
    const int classes = workload.binary() ? 2 : workload.widths.back();
    for (std::int32_t& label : labels) label = static_cast<std::int32_t>(random() % static_cast<unsigned>(classes));
  }

  const float* sample(std::size_t i) const { return x.data() + i * features; }
  const float* samples_of(std::size_t i) const { return sample(i * batch); }
  const std::int32_t* labels_of(std::size_t i) const { return labels.data() + i * batch; }
};

}  // namespace bench
