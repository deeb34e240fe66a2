// SPDX-License-Identifier: MIT
// What training with several processes costs, measured: scripts/measure-scaling runs it under mpirun, and
// docs/explanation/scaling.md says what comes out.
//
//   mpi_bench alone W2 --batch 8       steps of fit without a communicator, on one rank
//   mpi_bench steps W2 --batch 64      steps of fit on all ranks: the whole batch has so many rows
//   mpi_bench overhead W2 --batch 64   the same on one rank, with and without Mpi in turns
//   mpi_bench sums                     sums of 8 bytes to 8 MiB over all ranks
//
// Rank 0 prints lines `RANKS,WORKLOAD,SIZE,METRIC,VALUE`. SIZE is the rows of the batch, or the bytes of a sum. Times
// are medians, in microseconds.
#include "workload_nets.hpp"
#include "workloads.hpp"

#include <evomlp/distributed/mpi.hpp>
#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

using namespace evomlp;

namespace {

using bench::median;
using bench::now;

struct Job {
  std::string what, workload = "sums";
  int batch = 64;
  double budget = 2;
  bool sync_batchnorm = false, in_any_order = false;
};

/// Mpi, and what a step spends in it. (On one rank nothing is asked of either in a step.)
class Timed {
 public:
  struct Spent {
    double seconds = 0, last = 0;  // in sums; the clock when the last one ended
    std::size_t sums = 0, bytes = 0;
  };

  explicit Timed(Mpi& mpi) : mpi_(mpi) {}

  int rank() const { return mpi_.rank(); }
  int size() const { return mpi_.size(); }
  template <class T>
  void sum(std::span<T> numbers) {
    timed(numbers.size_bytes(), [&] { mpi_.sum(numbers); });
  }
  template <class T>
  void begin_sum(std::span<T> numbers) {
    timed(numbers.size_bytes(), [&] { mpi_.begin_sum(numbers); });
  }
  void finish_sums() {
    timed(0, [&] { mpi_.finish_sums(); });
  }
  std::size_t bucket_bytes() const { return mpi_.bucket_bytes(); }
  std::vector<std::string> exchange(const std::string& text) { return mpi_.exchange(text); }
  void leave(const std::string& why) { mpi_.leave(why); }
  void keep(std::shared_ptr<void> owner) { mpi_.keep(std::move(owner)); }
  auto scope() const { return mpi_.scope(); }

  /// Since the last call.
  Spent take() { return std::exchange(spent_, {}); }

 private:
  void timed(std::size_t bytes, auto run) {
    const double begin = now();
    run();
    spent_.last = now();
    spent_.seconds += spent_.last - begin;
    spent_.bytes += bytes;
    spent_.sums += bytes > 0 ? 1 : 0;
  }

  Mpi& mpi_;
  Spent spent_;
};

/// A callback: the seconds of each step, from the end of the one before. First steps of epochs are left out.
class StepTimes {
 public:
  explicit StepTimes(Timed* communicator = nullptr) : communicator_(communicator) {}

  void on_step(const StepReport&) {
    const double end = now();
    const Timed::Spent spent = communicator_ ? communicator_->take() : Timed::Spent{};
    if (mark_ > 0) {
      seconds.push_back(end - mark_);
      in_sums.push_back(spent.seconds);
      update.push_back(end - spent.last);
      last = spent;
    }
    mark_ = now();
  }
  void on_epoch(const EpochReport&) { mark_ = 0; }

  std::vector<double> seconds{}, in_sums{}, update{};
  Timed::Spent last{};

 private:
  Timed* communicator_;
  double mark_ = 0;
};

template <class Net>
class Training {
 public:
  Training(const Job& job, bench::Workload workload) : job_(job), data_(data_of(workload, job.batch)) {}

  /// At least so many steps.
  void run(double steps, StepTimes& times, std::same_as<Timed> auto&... communicator) const {
    const double per_epoch = static_cast<double>(data_.size() / static_cast<std::size_t>(job_.batch));
    Model<Net> model(init::he_uniform(), 3);
    fit(model, data_, CrossEntropyLoss{}, Adam{},
        {.epochs = static_cast<int>(std::ceil(steps / per_epoch)),
         .batch_size = job_.batch,
         .drop_last = true,
         .sync_batchnorm = job_.sync_batchnorm},
        times, communicator...);
  }

  /// Seconds of a step, on the slowest rank.
  double estimate(Timed& communicator) const {
    StepTimes times;
    run(1, times, communicator);
    double slowest = 0;
    for (const std::string& nanoseconds : communicator.exchange(std::to_string(median(times.seconds) * 1e9)))
      slowest = (std::max)(slowest, std::stod(nanoseconds) * 1e-9);
    return slowest;
  }

 private:
  static Dataset<float, Labels> data_of(bench::Workload& workload, int batch) {
    workload.samples = 12 * batch;  // few: an epoch is the least that can be run
    const bench::Data data(workload);
    const std::size_t samples = data.labels.size();
    return {.x = detail::tensor_view(data.x.data(), samples, data.features),
            .y = xt::adapt(data.labels, std::array{samples})};
  }

  const Job& job_;
  Dataset<float, Labels> data_;
};

void print(const Job& job, const Mpi& mpi, int size, const char* metric, double value) {
  if (mpi.rank() == 0) std::printf("%d,%s,%d,%s,%.6g\n", mpi.size(), job.workload.c_str(), size, metric, value);
}

template <class Net>
void train(const Job& job, const bench::Workload& workload, Mpi& mpi) {
  const Training<Net> training(job, workload);
  Timed communicator(mpi);
  const double steps = job.budget / training.estimate(communicator);
  const auto say = [&](const char* metric, double value) { print(job, mpi, job.batch, metric, value); };
  if (job.what == "alone") {
    StepTimes times;
    training.run(steps, times);
    say("alone_us", median(times.seconds) * 1e6);
  } else if (job.what == "steps") {
    StepTimes times(&communicator);
    training.run(steps, times, communicator);
    say("step_us", median(times.seconds) * 1e6);
    say("in_sums_us", median(times.in_sums) * 1e6);
    say("update_us", median(times.update) * 1e6);
    say("sums", static_cast<double>(times.last.sums));
    say("bytes", static_cast<double>(times.last.bytes));
  } else {  // in turns, so that a slow minute of the machine hits both
    constexpr int rounds = 20;
    std::vector<double> without, with, ratios;
    for (int round = 0; round < rounds; ++round) {
      StepTimes alone, together;
      if (round % 2 == 0) training.run(steps / (2 * rounds), alone);
      training.run(steps / (2 * rounds), together, communicator);
      if (round % 2 == 1) training.run(steps / (2 * rounds), alone);
      without.push_back(median(alone.seconds));
      with.push_back(median(together.seconds));
      ratios.push_back(with.back() / without.back());
    }
    say("without_us", median(without) * 1e6);
    say("with_us", median(with) * 1e6);
    std::sort(ratios.begin(), ratios.end());
    say("ratio_quarter", ratios[ratios.size() / 4]);
    say("ratio", median(ratios));
    say("ratio_three_quarters", ratios[ratios.size() * 3 / 4]);
  }
}

/// What adding two ranks' numbers costs, once they are here.
void time_adding(const Job& job, const Mpi& mpi) {
  std::vector<float> sum(std::size_t{1} << 18), numbers(sum.size(), 1);
  std::vector<double> seconds;
  for (int i = 0; i < 200; ++i) {
    const double begin = now();
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += numbers[k];
    seconds.push_back(now() - begin);
  }
  print(job, mpi, static_cast<int>(sum.size() * sizeof(float)), sum.back() > 0 ? "add_us" : "", median(seconds) * 1e6);
}

void time_sums(const Job& job, Mpi& mpi) {
  time_adding(job, mpi);
  for (std::size_t n = 2; n <= std::size_t{1} << 22; n *= 4) {
    const double guess = 2e-5 + 4e-9 * static_cast<double>(n);  // seconds; all ranks must make as many
    std::vector<float> numbers(n);
    std::vector<double> seconds;
    for (double spent = 0; spent < job.budget / 11; spent += guess) {
      const double begin = now();
      mpi.begin_sum(std::span<float>(numbers));
      mpi.finish_sums();
      seconds.push_back(now() - begin);
    }
    print(job, mpi, static_cast<int>(n * sizeof(float)), "sum_us", median(seconds) * 1e6);
  }
}

const std::map<std::string, std::function<void(const Job&, const bench::Workload&, Mpi&)>> workloads{
    {"W2", train<bench::nets::W2>}, {"W3", train<bench::nets::W3>}, {"W4", train<bench::nets::W4>}};

}  // namespace

int main(int argc, char** argv) {
  Job job;
  std::vector<std::string> names;
  for (const auto& [name, run] : workloads) names.push_back(name);
  CLI::App app("Times training steps of several processes, and their sums.");
  app.add_option("what", job.what)->required()->check(CLI::IsMember({"alone", "steps", "overhead", "sums"}));
  app.add_option("workload", job.workload, "a net of benchmarks/workloads.hpp")->check(CLI::IsMember(names));
  app.add_option("--batch", job.batch, "rows of a step, of all ranks together")
      ->check(CLI::Range(1, 1 << 16))
      ->capture_default_str();
  app.add_option("--budget", job.budget, "seconds to measure")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_flag("--sync-batchnorm", job.sync_batchnorm);
  app.add_flag("--in-any-order", job.in_any_order, "MPI's own all-reduce instead of sums in the order of ranks");
  CLI11_PARSE(app, argc, argv);

  Mpi mpi({.sum = job.in_any_order ? MpiSum::in_any_order : MpiSum::in_order_of_ranks});
  if (job.what == "sums") {
    time_sums(job, mpi);
    return 0;
  }
  if (!workloads.contains(job.workload)) {
    std::fprintf(stderr, "mpi_bench %s: which workload?\n", job.what.c_str());
    return 1;
  }
  if (mpi.size() > 1 && (job.what == "alone" || job.what == "overhead")) {
    std::fprintf(stderr, "mpi_bench %s: it compares one rank with none, run it on one\n", job.what.c_str());
    return 1;
  }
  const auto& all = bench::workloads();
  workloads.at(job.workload)(
      job, *std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == job.workload; }), mpi);
  return 0;
}
