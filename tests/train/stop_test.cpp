// SPDX-License-Identifier: MIT
// Every way out of fit: its reason, the best weights back, and what was found before left as it was.
#include "evomlp/callbacks/checkpoint.hpp"
#include "evomlp/callbacks/early_stopping.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/metrics/mae.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/schedulers/reduce_lr_on_plateau.hpp"
#include "evomlp/train/fit.hpp"
#include "support/temporary_folder.hpp"
#include "support/training.hpp"
#include "support/worsening_run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace evomlp;
using evomlp_test::At;
using evomlp_test::contains;
using evomlp_test::message_of;
using evomlp_test::Poison;
using evomlp_test::Run;
using evomlp_test::same_bits;
using evomlp_test::two_sides;
using Net = evomlp_test::StopNet;

TEST_CASE("early stopping") {
  Run run;
  run(EarlyStopping{.patience = 3});
  CHECK(run.history.stop_reason() == StopReason::early_stopping);
  CHECK(run.history.stop_message() == "3 epochs without an improvement");
  CHECK(run.history.epochs() == 4);
  run.check_best_is_first();
}

TEST_CASE("a user's callback that asks: after the step, the epoch it is in isn't finished") {
  Run run;
  run(At{10, [](const StepReport& report) { report.fit.stop(StopReason::requested, "enough"); }});
  CHECK(run.history.stop_reason() == StopReason::requested);
  CHECK(run.history.stop_message() == "enough");
  CHECK(run.history.epochs() == 2);
  CHECK(run.recorder.steps.size() == 11);
  run.check_best_is_first();
}

TEST_CASE("the first of two reasons counts") {
  Run run;
  run(At{9, [](const StepReport& report) { report.fit.stop(StopReason::requested, "first"); }},
      At{9, [](const StepReport& report) { report.fit.stop(StopReason::interrupted, "second"); }});
  CHECK(run.history.stop_message() == "first");
}

TEST_CASE("a NaN outranks every other reason, and early stopping the rest") {
  Run nan;
  nan(At{9, [](const StepReport& report) { report.fit.stop(); }},
      At{9, [](const StepReport& report) { report.fit.stop(StopReason::not_finite, "bad"); }});
  CHECK(nan.history.stop_reason() == StopReason::not_finite);
  CHECK(nan.history.stop_message() == "bad");
  Run early;
  struct Stop {
    void on_epoch(const EpochReport& report) const { report.fit.stop(StopReason::all_epochs_done); }  // is a request
  };
  early(Stop{}, EarlyStopping{.patience = 1});
  CHECK(early.history.stop_reason() == StopReason::requested);
  CHECK(early.history.epochs() == 1);
  Run both;
  struct StopSecond {
    void on_epoch(const EpochReport& report) const {
      if (report.epoch == 1) report.fit.stop();
    }
  };
  both(StopSecond{}, EarlyStopping{.patience = 1});
  CHECK(both.history.stop_reason() == StopReason::early_stopping);
}

TEST_CASE("no stop leaves parameters that aren't finite, and no checkpoint holds them") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "run.ckpt";
  Run run;
  run(Poison{1, 1}, At{5, [](const StepReport& report) { report.fit.stop(); }},
      At{5, [&](const StepReport& report) { report.fit.save_checkpoint(file); }}, Checkpoint{.path = file});
  CHECK(run.history.stop_reason() == StopReason::not_finite);
  CHECK(run.history.stop_message() == "2.weight has an element that is not finite after epoch 2, step 2");
  Model<Net> last;
  load_best(file, last);  // of the first epoch
  CHECK(same_bits(last, run.recorder.after[0]));
}

TEST_CASE("a report that no fit made asks nobody") {
  StepReport{}.fit.stop();
  StepReport{}.fit.save_checkpoint("nowhere");
}

TEST_CASE("a NaN ends training: fit sees the loss of the next step, and the parameters after each epoch") {
  Run in_epoch, at_end;
  in_epoch(Poison{2, 1});
  CHECK(in_epoch.history.stop_reason() == StopReason::not_finite);
  CHECK(contains(in_epoch.history.stop_message(), "the loss of epoch 3, step 3 is"));
  in_epoch.check_best_is_first();
  at_end(Poison{2, 3});
  CHECK(at_end.history.stop_message() == "2.weight has an element that is not finite after epoch 3, step 4");
  at_end.check_best_is_first();
}

TEST_CASE("an exception in on_end: the best weights are back too") {
  struct Throws {
    void on_end(const EndReport&) const { throw std::runtime_error("at the end"); }
  };
  Run run;
  CHECK_THROWS_WITH(run(Throws{}), "at the end");
  CHECK(same_bits(run.model, run.recorder.after[0]));
}

TEST_CASE("begin, steps, epochs, end: who is told what, in order") {
  struct Diary {
    std::string text;
    void on_begin(const BeginReport& r) {
      text +=
          "begin " + std::to_string(r.epochs) + " " + std::to_string(r.steps) + " " + std::to_string(r.samples) + "\n";
    }
    void on_step(const StepReport& r) {
      text += std::to_string(r.epoch) + "." + std::to_string(r.step) + " " + std::to_string(r.samples) + "\n";
    }
    void on_epoch(const EpochReport& r) { text += "epoch " + std::to_string(r.epoch) + "\n"; }
    void on_end(const EndReport& r) {
      text += "end " + std::to_string(r.epochs) + " " + std::string(to_string(r.reason)) + "\n";
    }
  } diary;
  const auto data = two_sides<float>(20, 3);
  Model<Net> model(init::he_normal(), 1);
  fit(model, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 2, .batch_size = 8, .drop_last = true}, diary);
  CHECK(diary.text == "begin 2 2 16\n0.0 8\n0.1 16\nepoch 0\n1.0 8\n1.1 16\nepoch 1\nend 2 all epochs done\n");
}

TEST_CASE("what is watched must exist") {
  const auto data = two_sides<float>(20, 3);
  Model<Net> model(init::he_normal(), 1);
  const auto refused = [&](const auto& loss, FitOptions options, auto... extras) {
    return message_of<TrainingError>([&] { fit(model, data, loss, Adam{}, options, extras...); });
  };
  CHECK(contains(refused(BCEWithLogitsLoss{}, {}, EarlyStopping{}), "there is none: set .validation"));
  CHECK(contains(refused(BCEWithLogitsLoss{}, {}, ReduceLROnPlateau{}), "there is none: set .validation"));
  CHECK(contains(refused(BCEWithLogitsLoss{}, {.monitor = Monitor::validation_accuracy}), "there is none"));
  CHECK(
      contains(refused(MSELoss{}, {.validation = &data, .monitor = Monitor::validation_accuracy}), "has no accuracy"));
  CHECK(contains(refused(MSELoss{}, {.validation = &data, .monitor = Monitor::metric("mae")}),
                 "watches the metric 'mae', but fit was given none of that name"));
  CHECK(contains(refused(MSELoss{}, {}, MAE{}), "there is none: set .validation"));
  fit(model, data, BCEWithLogitsLoss{}, Adam{}, {}, EarlyStopping{.monitor = Monitor::training_loss});
}

TEST_CASE("a metric decides which weights are best, and is in the history") {
  Run run;
  run.history = fit(run.model, run.data, BCEWithLogitsLoss{}, Adam{.lr = 1e-2},
                    {.epochs = 5, .batch_size = 5, .validation = &run.validation, .monitor = Monitor::metric("mae")},
                    MAE{}, run.recorder);
  const auto& mae = run.history.metric("mae");
  REQUIRE(mae.size() == 5);
  CHECK(run.history.best_epoch() == std::min_element(mae.begin(), mae.end()) - mae.begin());
  CHECK(same_bits(run.model, run.recorder.after[static_cast<std::size_t>(run.history.best_epoch())]));
  CHECK(mae[2] == evaluate(run.recorder.after[2], run.validation, BCEWithLogitsLoss{}, MAE{}).get<MAE>().value());
  CHECK(contains(message_of<Error>([&] { static_cast<void>(run.history.metric("rmse")); }), "'rmse'"));
}

namespace {

template <detail::Name its_name>
struct Called : MAE {
  static constexpr std::string_view name = its_name.view();
};

}  // namespace

TEST_CASE("a metric may be called accuracy beside a loss that has none") {
  Run run;
  run.history = fit(run.model, run.data, MSELoss{}, Adam{.lr = 1e-2},
                    {.epochs = 1, .batch_size = 5, .validation = &run.validation}, Called<"accuracy">{});
  CHECK(run.history.metric("accuracy").size() == 1);
}

TEST_CASE("invalid settings") {
  const auto data = two_sides<float>(20, 3);
  Model<Net> model(init::he_normal(), 1);
  const auto before = model;
  const auto refused = [&](auto... extras) {
    return message_of<Error>([&] {
      fit(model, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 2, .batch_size = 5, .validation = &data}, extras...);
    });
  };
  CHECK(contains(refused(Checkpoint{}), "Checkpoint: path is empty"));
  CHECK(contains(refused(Checkpoint{.path = "no_such_folder/run.ckpt"}), "there is no folder no_such_folder"));
  CHECK(contains(refused(Checkpoint{.path = "x", .every_epochs = -1}), "every_epochs is -1, expected at least 0"));
  CHECK(contains(refused(Checkpoint{.path = "x", .every_steps = -5}), "every_steps is -5, expected at least 0"));
  CHECK(contains(refused([](int, std::size_t) { return -1.0; }), "factor of a scheduler for the learning rate is -1"));
  CHECK(contains(refused([](int, std::size_t) { return std::nan(""); }), "is nan"));
  CHECK(contains(refused(MAE{}, MAE{}), "two metrics are called 'mae'"));
  CHECK(contains(refused(Called<"seconds">{}), "a metric is called 'seconds', as a figure of each epoch already is"));
  CHECK(contains(refused(Called<"accuracy">{}), "a metric is called 'accuracy'"));
  CHECK(same_bits(model, before));
}

TEST_CASE("best_epoch says the best, whether its weights come back or not") {
  Run run;
  run.history = fit(run.model, run.data, BCEWithLogitsLoss{}, Adam{.lr = 1e-2},
                    {.epochs = 4, .batch_size = 5, .validation = &run.validation, .restore_best = false}, run.recorder);
  CHECK(run.history.best_epoch() == 0);
  CHECK(same_bits(run.model, run.recorder.after[3]));
}

TEST_CASE("a callback object used in two runs begins anew") {
  EarlyStopping early{.patience = 2};
  Run first, second, fresh;
  first(early);
  second(early);
  fresh(EarlyStopping{.patience = 2});
  CHECK(second.history.epochs() == fresh.history.epochs());
}
