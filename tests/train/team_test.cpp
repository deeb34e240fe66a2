// SPDX-License-Identifier: MIT
// labels: thread
// fit with several processes (threads stand for them) and with .accumulate: the same training as with one.
#include "evomlp/train/team.hpp"

#include "evomlp/callbacks/checkpoint.hpp"
#include "evomlp/callbacks/early_stopping.hpp"
#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/dropout.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/residual_block.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/metrics/confusion_matrix.hpp"
#include "evomlp/metrics/mae.hpp"
#include "evomlp/metrics/r2.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/optim/clip.hpp"
#include "evomlp/optim/momentum.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/train/fit.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"
#include "support/thread_team.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

using namespace evomlp;
using evomlp_test::in_team;
using evomlp_test::OverlappingThreadTeam;
using evomlp_test::same_bits;
using evomlp_test::ThreadTeam;
using evomlp_test::two_sides;

namespace {

using Plain = Sequential<Linear<3, 8>, ReLU, ResidualBlock<0.5, Linear<8, 8>, ReLU>, Dropout<0.25>, Linear<8, 1>>;
// Without a bias, whose gradient would be a rounding error that Adam makes a step of.
using Normed = Sequential<Linear<3, 8, false>, BatchNorm1d<8>, ReLU, Linear<8, 1>>;

const Dataset<double> training = two_sides<double>(103, 3), validation = two_sides<double>(37, 3);

FitOptions options_of_a_run(int accumulate = 1, bool sync = false) {
  return {.epochs = 3,
          .batch_size = 16,
          .validation = &validation,
          .seed = 9,
          .accumulate = accumulate,
          .sync_batchnorm = sync};
}

template <class Net>
struct Result {
  Model<Net, double> model;
  History history;
};

template <class Net, class... Extras>
Result<Net> train(const FitOptions& options, Extras&... extras) {
  Result<Net> result{Model<Net, double>(init::he_normal(), 1), {}};
  result.history =
      fit(result.model, training, BCEWithLogitsLoss{}, chain(ClipGradNorm{1}, Adam{.lr = 1e-2}), options, extras...);
  return result;
}

struct Halves {  // its sums can't be put together
  static constexpr std::string_view name = "halves";
  static constexpr bool larger_is_better = true;
  double seen = 0;
  void add(auto y, auto) { seen = seen / 2 + static_cast<double>(y.rows); }
  double value() const { return seen; }
};

struct Scores {  // as many numbers as rows
  static constexpr std::string_view name = "scores";
  static constexpr bool larger_is_better = true;
  std::vector<double> scores{};
  void add(auto y, auto) { scores.resize(scores.size() + y.rows); }
  void reduce(auto over_all) { over_all(scores); }
  double value() const { return static_cast<double>(scores.size()); }
};

struct Remembers {  // the first number that it saw
  static constexpr Buffer<"first", 1> first{.initial = 0};
  static constexpr auto buffers = table(first);
  static void predict(auto, auto x, auto y) {
    kernels::each(y, [](auto v) { return v; }, x);
  }
  static void forward(auto self, auto x, auto y) {
    self[first][0] = x(0, 0);
    kernels::each(y, [](auto v) { return v; }, x);
  }
  static void backward(auto, auto, auto, auto, auto dy, auto dx) {
    kernels::each(dx, [](auto d) { return d; }, dy);
  }
};
using Remembering = Sequential<Remembers, Linear<3, 8, false>, BatchNorm1d<8>, ReLU, Linear<8, 1>>;

struct SeenRows {
  std::size_t least = 1000;
  void forward(const auto&, auto x, auto) { least = (std::min)(least, x.rows); }
};

struct Count {
  static constexpr bool rank_0_only = true;
  int calls = 0;
  void on_epoch(const EpochReport&) { ++calls; }
};

template <class Net>
double distance(const Model<Net, double>& a, const Model<Net, double>& b) {
  double largest = 0;
  const auto look = [&](auto of_a, auto of_b) {
    for (std::size_t i = 0; i < of_a.size(); ++i) largest = (std::max)(largest, std::fabs(of_a[i] - of_b[i]));
  };
  look(a.parameters(), b.parameters());
  look(a.buffers(), b.buffers());
  return largest;
}

}  // namespace

TEST_CASE_TEMPLATE("any number of processes trains as one, to rounding; as .accumulate, bit for bit", Team, ThreadTeam,
                   OverlappingThreadTeam) {
  const auto alone = train<Plain>(options_of_a_run());
  for (const int size : {1, 2, 3, 4, 7}) {  // the last batch has 7 rows
    CAPTURE(size);
    const auto accumulated = train<Plain>(options_of_a_run(size));
    CHECK(distance(alone.model, accumulated.model) < 1e-12);
    const auto together = in_team<Team>(size, [](Team& team) { return train<Plain>(options_of_a_run(), team); });
    for (const auto& one : together) {
      CHECK(same_bits(one.model, accumulated.model));
      CHECK(one.history.loss == accumulated.history.loss);
      REQUIRE(one.history.validation_loss.size() == 3);
      for (std::size_t epoch = 0; epoch < 3; ++epoch) {
        CHECK(one.history.loss[epoch] == doctest::Approx(alone.history.loss[epoch]).epsilon(1e-12));
        CHECK(one.history.validation_loss[epoch] ==
              doctest::Approx(alone.history.validation_loss[epoch]).epsilon(1e-12));
        CHECK(one.history.accuracy[epoch] == doctest::Approx(alone.history.accuracy[epoch]).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE_TEMPLATE("more processes than rows: some have none", Team, ThreadTeam, OverlappingThreadTeam) {
  const auto alone = train<Plain>(options_of_a_run());
  const auto together = in_team<Team>(9, [](Team& team) { return train<Plain>(options_of_a_run(), team); });
  CHECK(distance(alone.model, together[8].model) < 1e-12);
  CHECK(same_bits(together[0].model, train<Plain>(options_of_a_run(9)).model));
}

TEST_CASE("both: accumulate in each of several processes") {
  const auto together = in_team(2, [](ThreadTeam& team) { return train<Plain>(options_of_a_run(3), team); });
  CHECK(distance(together[0].model, train<Plain>(options_of_a_run()).model) < 1e-12);
}

TEST_CASE("BatchNorm: with .sync_batchnorm the statistics of the whole batch, without those of the parts") {
  const auto alone = train<Normed>(options_of_a_run());
  for (const int size : {2, 3}) {
    CAPTURE(size);
    const auto synced = in_team(size, [](ThreadTeam& team) { return train<Normed>(options_of_a_run(1, true), team); });
    CHECK(distance(synced[0].model, alone.model) < 1e-11);
    for (const auto& one : synced) CHECK(same_bits(one.model, synced[0].model));
    const auto own = in_team(size, [](ThreadTeam& team) { return train<Normed>(options_of_a_run(), team); });
    CHECK(distance(own[0].model, alone.model) > 1e-4);
    CHECK(same_bits(own[0].model, train<Normed>(options_of_a_run(size)).model));
    for (const auto& one : own) CHECK(same_bits(one.model, own[0].model));
  }
  const auto overlapping = in_team<OverlappingThreadTeam>(
      3, [](OverlappingThreadTeam& team) { return train<Normed>(options_of_a_run(1, true), team); });
  CHECK(
      same_bits(overlapping[2].model,
                in_team(3, [](ThreadTeam& team) { return train<Normed>(options_of_a_run(1, true), team); })[0].model));
}

TEST_CASE("BatchNorm needs two rows in each part, or statistics that are shared") {
  const auto run = [](int accumulate) { train<Normed>(options_of_a_run(accumulate)); };
  CHECK_NOTHROW(run(3));  // parts of 7 rows in 3
  CHECK(evomlp_test::message_of<TrainingError>([&] { run(4); }) ==
        "fit: a batch of 7 in 4 parts has one of 1, but BatchNorm1d needs at least 2 samples in training; set "
        ".sync_batchnorm = true (with several processes), use fewer parts, or .drop_last = true for a last batch");
  std::vector<std::string> errors;
  in_team(8, [](ThreadTeam& team) { return train<Normed>(options_of_a_run(1, true), team); }, &errors);
  REQUIRE(errors.size() == 8);
  CHECK(
      errors[0] ==
      "fit: a batch of 7 in 8 parts: some are empty, but .sync_batchnorm needs rows in each; use fewer processes, or a "
      "larger .batch_size, or .drop_last = true for a last batch");
  CHECK(evomlp_test::message_of<TrainingError>([&] { run(0); }) == "fit: accumulate is 0, expected at least 1");
}

TEST_CASE("each gradient is summed once in a step, and little else") {
  const auto lengths = in_team(2, [](ThreadTeam& team) {
    train<Normed>(options_of_a_run(), team);
    return team.sums;
  });
  constexpr std::size_t parameters = Model<Normed, double>::num_parameters,
                        buffers = Model<Normed, double>::num_buffers;
  // Gradients, running statistics, the loss with the stops asked for.
  const std::vector<std::size_t> step{parameters, buffers, 7};
  REQUIRE(lengths[0].size() >= 3);
  CHECK(std::vector<std::size_t>(lengths[0].begin(), lengths[0].begin() + 3) == step);
  const auto in_buckets = in_team<OverlappingThreadTeam>(2, [](OverlappingThreadTeam& team) {
    train<Plain>(options_of_a_run(), team);
    return team.sums;
  });
  std::size_t buckets = 0, sum = 0;
  while (sum < Model<Plain, double>::num_parameters) sum += in_buckets[0][buckets++];
  CHECK(sum == Model<Plain, double>::num_parameters);
  CHECK(buckets == 3);  // the last layer and the block as they are ready; the first with the rest
}

TEST_CASE("metrics and decisions are those of one process") {
  const auto run = [](auto&... team) {
    return train<Plain>({.epochs = 30, .batch_size = 16, .validation = &validation, .seed = 9}, team...).history;
  };
  const auto with = [&](auto... extras) {
    return std::pair(run(extras...), in_team(3, [&](ThreadTeam& team) {
                       auto own = std::tuple(extras...);
                       return std::apply([&](auto&... each) { return run(each..., team); }, own);
                     }));
  };
  const auto [alone, together] = with(MAE{}, R2{}, ConfusionMatrix{}, EarlyStopping{.patience = 1});
  CHECK(alone.stop_reason() == StopReason::early_stopping);
  for (const History& one : together) {
    CHECK(one.epochs() == alone.epochs());
    CHECK(one.best_epoch() == alone.best_epoch());
    CHECK(one.stop_reason() == alone.stop_reason());
    for (const auto* name : {"mae", "r2", "balanced accuracy"})
      for (std::size_t i = 0; i < one.loss.size(); ++i)
        CHECK(one.metric(name)[i] == doctest::Approx(alone.metric(name)[i]).epsilon(1e-10));
  }
  const auto [whole, each] = with(Halves{});
  for (const History& one : each) CHECK(one.metric("halves") == whole.metric("halves"));
}

TEST_CASE("a stop that one process asks for stops all at the same place, with its reason") {
  struct StopAt {
    std::size_t step;
    void on_step(const StepReport& report) const {
      if (report.step == step) report.fit.stop(StopReason::time_limit, "enough");
    }
  };
  for (const std::size_t at : {std::size_t{0}, std::size_t{3}, std::size_t{6}}) {  // 6: the last of its epoch
    CAPTURE(at);
    const auto together = in_team(3, [&](ThreadTeam& team) {
      StopAt stop{team.rank() == 1 ? at : 1000};
      return train<Plain>(options_of_a_run(), stop, team);
    });
    for (const auto& one : together) {
      CHECK(one.history.stop_reason() == StopReason::time_limit);
      CHECK(same_bits(one.model, together[0].model));
      CHECK(one.history.epochs() == (at == 6 ? 1 : 0));
    }
    CHECK(together[1].history.stop_message() == "enough");
  }
}

TEST_CASE("stops asked for by several, weights that burst meanwhile: all end alike") {
  struct StopAt {
    std::size_t step;
    StopReason reason;
    bool with_checkpoint;
    void on_step(const StepReport& report) const {
      if (report.step != step) return;
      report.fit.stop(reason, "enough");
      if (with_checkpoint) report.fit.save_checkpoint("never written: no such folder/x");
    }
  };
  const auto late = in_team(3, [&](ThreadTeam& team) {
    const std::size_t at = team.rank() == 0 ? 2 : team.rank() == 1 ? 3 : 1000;
    StopAt stop{at, team.rank() == 0 ? StopReason::time_limit : StopReason::interrupted, false};
    return train<Plain>(options_of_a_run(), stop, team).history.stop_reason();
  });
  CHECK(late == std::vector<StopReason>(3, StopReason::time_limit));

  // One process asks at step 1; step 2, which is still made, makes the weights infinite.
  struct Burst {
    static double lr_factor(const SchedulePoint& point) { return point.step == 2 ? 1e308 : 1; }
  };
  for (const bool with_checkpoint : {false, true}) {
    const auto burst = in_team(3, [&](ThreadTeam& team) {
      StopAt stop{team.rank() == 1 ? std::size_t{1} : std::size_t{1000}, StopReason::time_limit, false};
      StopAt checkpoint{team.rank() == 0 && with_checkpoint ? std::size_t{2} : std::size_t{1000}, StopReason::requested,
                        true};
      Burst scheduler;
      Result<Plain> result{Model<Plain, double>(init::he_normal(), 1), {}};
      result.history = fit(result.model, training, BCEWithLogitsLoss{}, SGD{.lr = 1e10}, options_of_a_run(), stop,
                           checkpoint, scheduler, team);
      return result;
    });
    for (const auto& one : burst) {
      CHECK(one.history.stop_reason() == StopReason::not_finite);
      for (const double weight : one.model.parameters()) CHECK(std::isfinite(weight));
    }
  }
}

TEST_CASE("the first process alone writes; a run goes on with another number of processes") {
  const TemporaryFolder folder;
  const auto whole = train<Plain>(options_of_a_run());
  const auto half = [&](int epochs, const std::filesystem::path& resume) {
    auto options = options_of_a_run();
    options.epochs = epochs;
    options.resume = resume;
    return options;
  };
  const auto path = folder.path() / "run.ckpt";
  const auto calls = in_team(3, [&](ThreadTeam& team) {
    Count count;
    int ranks = 0;
    struct Begin {
      int& ranks;
      void on_begin(const BeginReport& report) { ranks = 10 * report.ranks + report.rank; }
    } begin{ranks};
    Checkpoint checkpoint{.path = team.rank() == 0 ? path : folder.path() / "no such folder" / "x"};
    train<Plain>(half(1, {}), checkpoint, count, begin, team);
    return std::pair(count.calls, ranks);
  });
  CHECK(calls == std::vector<std::pair<int, int>>{{1, 30}, {0, 31}, {0, 32}});
  const auto later = in_team(2, [&](ThreadTeam& team) {
    return train<Plain>(half(3, team.rank() == 0 ? path : std::filesystem::path()), team);  // as rank 0 says
  });
  CHECK(distance(later[1].model, whole.model) < 1e-12);
  CHECK(later[1].history.epochs() == 3);
}

TEST_CASE("what differs is refused at the start, with both values") {
  std::vector<std::string> errors;
  in_team(
      3,
      [](ThreadTeam& team) {
        auto options = options_of_a_run();
        if (team.rank() == 2) options.batch_size = 17;
        return train<Plain>(options, team);
      },
      &errors);
  CHECK(errors == std::vector<std::string>(3, "fit: rank 2 has batch_size: 17, rank 0 has batch_size: 16"));

  errors.clear();
  const auto shorter = two_sides<double>(102, 3), narrow = two_sides<double>(103, 2);
  for (const Dataset<double>* odd : {&shorter, &narrow}) {
    errors.clear();
    in_team(
        2,
        [&](ThreadTeam& team) {
          Model<Plain, double> model(init::he_normal(), 1);
          return fit(model, team.rank() == 1 ? *odd : training, BCEWithLogitsLoss{}, SGD{}, {}, team);
        },
        &errors);
    REQUIRE(errors.size() == 2);
    CHECK(errors[0] == (odd == &shorter
                            ? "fit: rank 1 has samples: 102, rank 0 has samples: 103"
                            : "rank 1 of 2 has left: fit: the training data has 2 features, the network takes 3"));
  }
}

TEST_CASE("so are learning rates, weights of samples, and weights that drift apart") {
  Dataset<double> weighted = training;
  weighted.weights = Dataset<double>::Weights::from_shape({training.size()});
  weighted.weights.fill(1);
  const auto errors_of = [&](auto rule) {
    std::vector<std::string> errors;
    in_team(
        2,
        [&](ThreadTeam& team) {
          Model<Plain, double> model(init::he_normal(), 1);
          const bool is_odd = team.rank() == 1;
          return fit(model, is_odd && rule(true).momentum == 0 ? weighted : training, BCEWithLogitsLoss{}, rule(is_odd),
                     {.batch_size = 50}, team);
        },
        &errors);
    REQUIRE(errors.size() == 2);
    CHECK(errors[0] == errors[1]);
    return errors[0];
  };
  CHECK(errors_of([](bool is_odd) { return Momentum{.lr = is_odd ? 4e-7 : 1e-7}; }) ==
        "fit: rank 1 has learning rate: 4e-07, rank 0 has learning rate: 1e-07");
  CHECK(errors_of([](bool) { return Momentum{.lr = 0.1, .momentum = 0}; }) ==
        "fit: rank 1 has sample_weights: 1, rank 0 has sample_weights: 0");
  CHECK(
      errors_of([](bool is_odd) { return Momentum{.lr = 0.1, .momentum = is_odd ? 0.1 : 0.9}; }) ==
      "fit: after epoch 1 rank 1 has other weights than rank 0: the rule has other settings there, a callback changes "
      "the model in one process alone, or the processors differ");
}

TEST_CASE("a metric that hands over lists of different lengths is refused") {
  std::vector<std::string> errors;
  in_team(
      2,
      [](ThreadTeam& team) {
        Scores scores;
        return train<Plain>(options_of_a_run(), scores, team);
      },
      &errors);
  CHECK(errors == std::vector<std::string>(2,
                                           "fit: the reduce of a metric hands over 18 numbers in rank 1, 19 in rank 0, "
                                           "expected as many in each"));
}

TEST_CASE("buffers of a user's layer are averaged, with .sync_batchnorm too; a probe sees rows or isn't called") {
  for (const bool sync : {false, true}) {
    const auto together =
        in_team(2, [&](ThreadTeam& team) { return train<Remembering>(options_of_a_run(1, sync), team); });
    CHECK(same_bits(together[0].model, together[1].model));
  }
  const auto least = in_team(9, [](ThreadTeam& team) {
    SeenRows seen;
    train<Plain>(options_of_a_run(), seen, team);
    return seen.least;
  });
  CHECK(least == std::vector<std::size_t>(9, 1));
}

TEST_CASE("all begin with the weights of rank 0") {
  const auto models = in_team(2, [](ThreadTeam& team) {
    Model<Plain, double> model(init::he_normal(), static_cast<std::uint64_t>(team.rank()));
    fit(model, training, BCEWithLogitsLoss{}, SGD{}, {.epochs = 0}, team);
    return model;
  });
  CHECK(same_bits(models[1], models[0]));
}

TEST_CASE("an exception in one process ends all, each with a sentence; one that all share is thrown by all") {
  struct Fails {
    bool here;
    void on_step(const StepReport& report) const {
      if (here && report.step == 2) throw Error("the disk is full");
    }
  };
  std::vector<std::string> errors;
  in_team(
      3,
      [](ThreadTeam& team) {
        Fails fails{team.rank() == 1};
        return train<Plain>(options_of_a_run(), fails, team);
      },
      &errors);
  CHECK(errors == std::vector<std::string>{"rank 1 of 3 has left: the disk is full", "the disk is full",
                                           "rank 1 of 3 has left: the disk is full"});

  errors.clear();
  in_team(
      2,
      [](ThreadTeam& team) {
        Model<Plain, double> model(init::he_normal(), 1);
        const Dataset<double> bad{1e200 * training.x, training.y};
        CHECK_THROWS_AS(fit(model, bad, MSELoss{}, SGD{}, {}, team), TrainingError);
        return train<Plain>(options_of_a_run(), team);  // the team is whole: the next run is as good as any
      },
      &errors);
  CHECK(errors.empty());
}

TEST_CASE("with sample weights a part counts by its weights") {
  Dataset<double> data = training;
  data.weights.resize({data.size()});
  for (std::size_t i = 0; i < data.size(); ++i) data.weights[i] = i % 3 == 0 ? 0 : 1 + static_cast<double>(i % 5);
  const auto run = [&](FitOptions options, auto&... team) {
    Model<Plain, double> model(init::he_normal(), 1);
    const History history = fit(model, data, BCEWithLogitsLoss{}, SGD{.lr = 0.1}, options, team...);
    return std::pair(std::move(model), history.loss);
  };
  const auto alone = run({.epochs = 2, .batch_size = 16});
  const auto together = in_team(3, [&](ThreadTeam& team) {
    const auto one = run({.epochs = 2, .batch_size = 16}, team);
    return std::pair(distance(one.first, alone.first), one.second.back());
  });
  CHECK(together[0].first < 1e-13);
  CHECK(together[2].second == doctest::Approx(alone.second.back()).epsilon(1e-12));
}
