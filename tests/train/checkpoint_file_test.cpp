// SPDX-License-Identifier: MIT
// A run that is interrupted and resumed ends with the bits of one that isn't, whatever it trains with.
#include "evomlp/train/checkpoint_file.hpp"

#include "evomlp/callbacks/checkpoint.hpp"
#include "evomlp/callbacks/early_stopping.hpp"
#include "evomlp/io/safetensors.hpp"
#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/dropout.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/metrics/mae.hpp"
#include "evomlp/metrics/rmse.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/optim/adamw.hpp"
#include "evomlp/optim/by_parameter.hpp"
#include "evomlp/optim/clip.hpp"
#include "evomlp/optim/momentum.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/optim/switch_after.hpp"
#include "evomlp/schedulers/cosine_annealing_lr.hpp"
#include "evomlp/schedulers/linear_warmup.hpp"
#include "evomlp/schedulers/reduce_lr_on_plateau.hpp"
#include "evomlp/train/fit.hpp"
#include "support/temporary_folder.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

using namespace evomlp;
using evomlp_test::contains;
using evomlp_test::message_of;
using evomlp_test::remembered;
using evomlp_test::same_bits;
using evomlp_test::two_sides;

namespace {

using Net = Sequential<Linear<3, 12>, BatchNorm1d<12>, ReLU, Dropout<0.25>, Linear<12, 1>>;

/// Ends a run as a kill would: the exception comes before the checkpoint of its step is written.
struct Crash {
  int left;
  void on_step(const StepReport&) {
    if (left-- == 0) throw std::runtime_error("crash");
  }
};

struct Outcome {
  Model<Net> model;
  History history;
};

const Dataset<float>& training_data() {
  static const auto data = two_sides<float>(50, 3);
  return data;
}
const Dataset<float>& validation_data() {
  static const auto data = two_sides<float>(20, 3, 1, 2);
  return data;
}

FitOptions options_with(const std::filesystem::path& resume = {}) {
  return {.epochs = 6, .batch_size = 8, .validation = &validation_data(), .seed = 5, .resume = resume};
}

/// Everything that remembers something, at work: with patience 0 the rate drops often.
template <class Rule>
Outcome run(const Rule& rule, const std::filesystem::path& file, int crash_after, bool resume, std::uint64_t start) {
  Outcome outcome{Model<Net>(init::he_normal(), start), {}};
  outcome.history = fit(outcome.model, training_data(), BCEWithLogitsLoss{}, rule, options_with(resume ? file : ""),
                        Crash{crash_after}, LinearWarmup{.steps = 9, .start_factor = 0.1},
                        CosineAnnealingLR{.epochs = 5, .min_lr = 1e-4},
                        ReduceLROnPlateau{.factor = 0.5, .patience = 0, .threshold = 0.05},
                        EarlyStopping{.patience = 50}, MAE{}, Checkpoint{.path = file, .every_steps = 1});
  return outcome;
}

void check_equal(const Outcome& a, const Outcome& b) {
  CHECK(same_bits(a.model, b.model));
  CHECK(a.history.loss == b.history.loss);
  CHECK(a.history.validation_loss == b.history.validation_loss);
  CHECK(a.history.accuracy == b.history.accuracy);
  CHECK(a.history.lr == b.history.lr);
  CHECK(a.history.clipped_share == b.history.clipped_share);
  CHECK(a.history.layer_clipped_share == b.history.layer_clipped_share);
  CHECK(a.history.metric("mae") == b.history.metric("mae"));
  CHECK(a.history.best_epoch() == b.history.best_epoch());
  CHECK(a.history.stop_reason() == b.history.stop_reason());
  CHECK(a.history.seconds.size() == b.history.seconds.size());
}

/// 7 steps an epoch: crashes in the first epoch, at the last step of one, at the first of another, in the last.
template <class Rule>
void check_resumes(const Rule& rule) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "run.ckpt";
  const Outcome whole = run(rule, file, -1, false, 1);
  CHECK(whole.history.epochs() == 6);
  CHECK(whole.history.lr.back() < whole.history.lr[1]);
  for (const int crash : {1, 6, 7, 16, 20, 21, 40}) {
    CAPTURE(crash);
    CHECK_THROWS_WITH(run(rule, file, crash, false, 1), "crash");
    // The model that it goes on with began elsewhere: all of it comes from the file.
    check_equal(run(rule, file, -1, true, 99), whole);
  }
  // Twice in one run.
  CHECK_THROWS_WITH(run(rule, file, 10, false, 1), "crash");
  CHECK_THROWS_WITH(run(rule, file, 12, true, 98), "crash");
  check_equal(run(rule, file, -1, true, 99), whole);
}

}  // namespace

TEST_CASE("SGD") { check_resumes(SGD{.lr = 0.1}); }
TEST_CASE("Momentum") { check_resumes(Momentum{.lr = 0.05, .momentum = 0.9}); }
TEST_CASE("Nesterov") { check_resumes(Momentum{.lr = 0.05, .momentum = 0.9, .nesterov = true}); }
TEST_CASE("Adam") { check_resumes(Adam{.lr = 1e-2}); }
TEST_CASE("AdamW") { check_resumes(AdamW{.lr = 1e-2}); }
TEST_CASE("a chain with clips and a switch") {
  check_resumes(chain(ClipGradNorm{1.0}, ClipGradValue{0.02}, switch_after(18, Adam{.lr = 1e-2}, Momentum{.lr = 0.1})));
}

TEST_CASE("a finished run gives its history and best weights again; more epochs go on") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "run.ckpt";
  const Outcome whole = run(Adam{.lr = 1e-2}, file, -1, false, 1);
  check_equal(run(Adam{.lr = 1e-2}, file, 0, true, 2), whole);  // not one step

  const auto fit_epochs = [&](Model<Net>& model, int epochs, const std::filesystem::path& resume) {
    FitOptions options = options_with(resume);
    options.epochs = epochs;
    return fit(model, training_data(), BCEWithLogitsLoss{}, Adam{}, options, Checkpoint{.path = file});
  };
  Model<Net> once(init::he_normal(), 1), twice(init::he_normal(), 1);
  const History long_run = fit_epochs(once, 8, "");
  fit_epochs(twice, 3, "");
  const History resumed = fit_epochs(twice, 8, file);
  CHECK(resumed.loss == long_run.loss);
  CHECK(same_bits(once, twice));
}

TEST_CASE("a run that early stopping ended stays ended") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "run.ckpt";
  const auto stopped = [&](Model<Net>& model, const std::filesystem::path& resume) {
    FitOptions options = options_with(resume);
    options.epochs = 100;
    return fit(model, training_data(), BCEWithLogitsLoss{}, Adam{.lr = 0.1}, options, EarlyStopping{.patience = 2},
               Checkpoint{.path = file});
  };
  Model<Net> model(init::he_normal(), 1), again(init::he_normal(), 2);
  const History history = stopped(model, "");
  REQUIRE(history.stop_reason() == StopReason::early_stopping);
  const History resumed = stopped(again, file);
  CHECK(resumed.stop_reason() == StopReason::early_stopping);
  CHECK(resumed.stop_message() == history.stop_message());
  CHECK(resumed.loss == history.loss);
  CHECK(resumed.best_epoch() == history.best_epoch());
  CHECK(same_bits(again, model));
}

namespace {

struct Halve {
  void on_step(const StepReport& report, const auto&, auto& state) const {
    if (report.epoch == 1 && report.step == 2) state.chain().rule().lr *= 0.5;
  }
};

}  // namespace

TEST_CASE("load_best: the best weights of a run that was killed") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "run.ckpt";
  const Outcome whole = run(Adam{.lr = 1e-2}, file, -1, false, 1);
  Model<Net> best(init::he_normal(), 9);
  load_best(file, best);
  CHECK(same_bits(best, whole.model));
  Model<Sequential<Linear<3, 1>>> other;
  CHECK(contains(message_of<FileError>([&] { load_best(file, other); }),
                 "run.ckpt: key \"run.network\": is not this network: float 0.weight"));
}

TEST_CASE("seconds of a resumed run are those that it took") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "run.ckpt";
  CHECK_THROWS(run(SGD{}, file, 17, false, 1));  // in the third epoch
  Model<Net> model(init::he_normal(), 1);
  FitOptions options = options_with(file);
  options.epochs = 2;  // nothing left to train
  const auto go = [&] {
    return fit(model, training_data(), BCEWithLogitsLoss{}, SGD{}, options, ReduceLROnPlateau{}, EarlyStopping{}, MAE{},
               Checkpoint{.path = file, .every_steps = 1});
  };
  go();
  options.epochs = 6;
  for (const double seconds : go().seconds) CHECK(seconds < 60);
}

TEST_CASE("a learning rate changed by hand is in the checkpoint; another one given to fit counts") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "run.ckpt";
  const auto train = [&](double lr, int crash, const std::filesystem::path& resume) {
    Model<Net> model(init::he_normal(), 1);
    return fit(model, training_data(), BCEWithLogitsLoss{}, SGD{.lr = lr}, options_with(resume), Halve{}, Crash{crash},
               Checkpoint{.path = file, .every_steps = 1});
  };
  const History whole = train(0.5, -1, "");
  CHECK(whole.lr.back() == 0.25);
  CHECK_THROWS(train(0.5, 12, ""));
  CHECK(train(0.5, -1, file).loss == whole.loss);
  CHECK_THROWS(train(0.5, 12, ""));
  CHECK(train(0.125, -1, file).lr.back() == 0.125);
}

TEST_CASE("a run that has no epoch left writes its checkpoint all the same") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "run.ckpt", again = folder.path() / "again.ckpt",
             none = folder.path() / "none.ckpt";
  const auto train = [](FitOptions options, const std::filesystem::path& to) {
    Model<Net> model(init::he_normal(), 1);
    fit(model, training_data(), BCEWithLogitsLoss{}, Adam{}, options, Checkpoint{.path = to});
    return model;
  };
  const auto trained = train(options_with(), file);
  CHECK(same_bits(train(options_with(file), again), trained));
  CHECK(same_bits(train(options_with(again), file), trained));
  train({.epochs = 0}, none);
  CHECK(std::filesystem::exists(none));
}

TEST_CASE("a checkpoint of another run is refused, and nothing changes") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "run.ckpt";
  run(Adam{}, file, -1, false, 1);
  Model<Net> model(init::he_normal(), 3);
  const Model<Net> before = model;
  const auto resume_with = [&](FitOptions options, const auto& rule, auto... extras) {
    options.resume = file;
    return message_of<Error>([&] { fit(model, training_data(), BCEWithLogitsLoss{}, rule, options, extras...); });
  };
  const auto all = [&](FitOptions options, const auto& rule) {
    return resume_with(options, rule, ReduceLROnPlateau{}, EarlyStopping{}, MAE{});
  };
  FitOptions other = options_with();
  other.batch_size = 9;
  CHECK(contains(all(other, Adam{}), "another batch_size: 8 there, 9 here"));
  other = options_with();
  other.seed = 6;
  CHECK(contains(all(other, Adam{}), "another seed of the shuffles: 5 there, 6 here"));
  other.shuffle_seed = 5;
  CHECK(contains(all(other, Adam{}), "another seed of the dropout masks: 5 there, 6 here"));
  other = options_with();
  other.shuffle = false;
  CHECK(contains(all(other, Adam{}), "another shuffle: 1 there, 0 here"));
  other = options_with();
  other.monitor = Monitor::validation_accuracy;
  CHECK(contains(all(other, Adam{}), "another monitor: validation_loss there, validation_accuracy here"));
  other = options_with();
  other.validation = &training_data();
  CHECK(contains(all(other, Adam{}), "another number of validation samples: 20 there, 50 here"));
  CHECK(contains(resume_with(options_with(), Adam{}, ReduceLROnPlateau{}, EarlyStopping{}),
                 "another list of metrics: mae there,"));
  CHECK(contains(resume_with(options_with(), Adam{}, ReduceLROnPlateau{}, EarlyStopping{}, RMSE{}),
                 "mae there, rmse here"));
  CHECK(contains(all(options_with(), SGD{}), "state.rule_state"));
  CHECK(contains(resume_with(options_with(), Adam{}, ReduceLROnPlateau{}, MAE{}), "that nothing here asks for"));
  CHECK(contains(resume_with(options_with(), Adam{}, ReduceLROnPlateau{}, EarlyStopping{}, EarlyStopping{}, MAE{}),
                 "extras."));
  CHECK(contains(resume_with(options_with(), Adam{}, EarlyStopping{}, MAE{}),
                 "has a scheduler of the learning rate, and none is given"));
  CHECK(contains(message_of<TrainingError>([&] {
                   Dataset<float> weighted = training_data();
                   weighted.weights = xt::ones<float>({weighted.size()});
                   fit(model, weighted, BCEWithLogitsLoss{}, Adam{}, options_with(file), ReduceLROnPlateau{},
                       EarlyStopping{}, MAE{});
                 }),
                 "another sample_weights: 0 there, 1 here"));
  CHECK(same_bits(model, before));
  CHECK(contains(message_of<FileError>([&] {
                   FitOptions options = options_with(folder.path() / "none.ckpt");
                   fit(model, training_data(), BCEWithLogitsLoss{}, Adam{}, options);
                 }),
                 "none.ckpt: no such file"));

  using Wider = Sequential<Linear<3, 13>, BatchNorm1d<13>, ReLU, Dropout<0.25>, Linear<13, 1>>;
  Model<Wider> wider(init::he_normal(), 3);
  const auto message =
      message_of<TrainingError>([&] { fit(wider, training_data(), BCEWithLogitsLoss{}, Adam{}, options_with(file)); });
  CHECK(contains(message, "another network: float 0.weight[12,3]"));
  CHECK(contains(message, "here"));
}

TEST_CASE("a file cut short anywhere, or with a byte changed in its header, is a FileError and changes nothing") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "run.ckpt", damaged = folder.path() / "damaged.ckpt";
  run(SGD{}, file, -1, false, 1);
  const auto bytes = read_file(file);
  Model<Net> model(init::he_normal(), 3);
  const Model<Net> before = model;
  const auto refused = [&](std::span<const std::byte> content) {
    write_file(damaged, content);
    return message_of<Error>([&] {
      fit(model, training_data(), BCEWithLogitsLoss{}, SGD{}, options_with(damaged), ReduceLROnPlateau{},
          EarlyStopping{}, MAE{});
    });
  };
  for (std::size_t size = 0; size < bytes.size(); size += 97)
    CHECK(contains(refused(std::span(bytes).first(size)), "damaged.ckpt"));
  auto foreign = bytes;
  foreign[8] = std::byte{'x'};
  CHECK(contains(refused(foreign), "damaged.ckpt"));
  CHECK(same_bits(model, before));
}

TEST_CASE("a file that holds something else says what it is") {
  const TemporaryFolder folder;
  const auto of_save = folder.path() / "model.safetensors", of_fit = folder.path() / "run.ckpt",
             of_loop = folder.path() / "loop.ckpt";
  Model<Net> model(init::he_normal(), 1);
  State state(model, Adam{}, {.max_batch = 50});
  save(model, of_save);
  save_checkpoint(of_loop, model, state);
  fit(model, training_data(), BCEWithLogitsLoss{}, Adam{}, {.epochs = 1}, Checkpoint{.path = of_fit});
  const auto before = model;
  const std::string a_model = "a model (for load)", a_run = "a checkpoint of fit (for .resume and load_best)",
                    a_loop = "a checkpoint of a loop (for load_checkpoint)";
  const auto says = [&](const std::filesystem::path& file, const std::string& got, const std::string& expected,
                        auto read) {
    CHECK(message_of<FileError>([&] { read(file); }) == file.string() + ": holds " + got + ", expected " + expected);
    CHECK(same_bits(model, before));
  };
  const auto loads = [&](const auto& file) { load(model, file); };
  const auto loads_best = [&](const auto& file) { load_best(file, model); };
  const auto goes_on = [&](const auto& file) { load_checkpoint(file, model, state); };
  const auto resumes = [&](const auto& file) {
    fit(model, training_data(), BCEWithLogitsLoss{}, Adam{}, {.epochs = 2, .resume = file});
  };
  says(of_fit, a_run, a_model, loads);
  says(of_loop, a_loop, a_model, loads);
  says(of_save, a_model, a_run, loads_best);
  says(of_loop, a_loop, a_run, resumes);
  says(of_save, a_model, a_loop, goes_on);
  CHECK(contains(message_of<FileError>([&] { load(model, of_fit, {.strict = false}); }), a_run));
}

TEST_CASE("save_checkpoint and load_checkpoint: a loop over train_step goes on, bit for bit") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "loop.ckpt";
  const auto& data = training_data();
  const auto rule = chain(ClipGradValue{0.05}, Adam{.lr = 1e-2});
  const auto steps = [&](auto& model, auto& state, int n) {
    for (int i = 0; i < n; ++i) train_step(model, state, BCEWithLogitsLoss{}, data.x, data.y);
  };
  Model<Net> whole(init::he_normal(), 1);
  State whole_state(whole, rule, {.max_batch = 50, .seed = 7});
  steps(whole, whole_state, 5);
  whole_state.chain().rule().lr = 5e-3;
  save_checkpoint(file, whole, whole_state);
  steps(whole, whole_state, 5);

  Model<Net> other(init::he_normal(), 2);
  State other_state(other, rule, {.max_batch = 60, .seed = 0});  // room is not part of what is remembered
  load_checkpoint(file, other, other_state);
  CHECK(other_state.step() == 5);
  CHECK(other_state.chain().rule().lr == 5e-3);
  steps(other, other_state, 5);
  CHECK(same_bits(other, whole));
  CHECK((remembered(other_state) == remembered(whole_state)));

  // A chain with a lambda that holds something can't be assigned; it needn't be.
  const double factor = 0.5;
  State by_part(other, by_parameter(SGD{}, [factor](SGD one, const ParameterInfo&) { return one.lr *= factor, one; }),
                {.max_batch = 50});
  steps(other, by_part, 2);
  save_checkpoint(folder.path() / "part.ckpt", other, by_part);
  steps(other, by_part, 1);
  load_checkpoint(folder.path() / "part.ckpt", other, by_part);
  CHECK(by_part.step() == 2);

  Model<Sequential<Linear<3, 1>>> small(init::he_normal(), 2);
  State small_state(small, rule);
  CHECK(contains(message_of<FileError>([&] { load_checkpoint(file, small, small_state); }),
                 "loop.ckpt: key \"network\": is not this network: "));
  State sgd(other, SGD{}, {.max_batch = 50});
  const auto before = other;
  CHECK(contains(message_of<FileError>([&] { load_checkpoint(file, other, sgd); }), "rule_state"));
  CHECK(same_bits(other, before));
}
