// SPDX-License-Identifier: MIT
#include "evomlp/callbacks/csv_log.hpp"

#include "evomlp/callbacks/callback.hpp"
#include "evomlp/callbacks/checkpoint.hpp"
#include "evomlp/data/csv.hpp"
#include "evomlp/init/init.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/metrics/mae.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/train/fit.hpp"
#include "support/temporary_folder.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <system_error>
#include <vector>

using namespace evomlp;
using evomlp_test::contains;
using evomlp_test::message_of;

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

const auto train_data = evomlp_test::two_sides<float>(24, 2),
           validation_data = evomlp_test::two_sides<float>(9, 2, 1, 2);

using Net = Sequential<Linear<2, 1>>;
Model<Net> fresh_model() { return Model<Net>(init::he_normal(), 1); }

History train(Model<Net>& model, const FitOptions& options, auto&&... extras) {
  return fit(model, train_data, BCEWithLogitsLoss{}, Adam{.lr = 0.1}, options, extras...);
}
FitOptions options_of(int epochs) {
  return {.epochs = epochs, .batch_size = 8, .validation = &validation_data, .seed = 3};
}

/// Without the column `seconds`, which no two runs share.
std::string without_seconds(const std::filesystem::path& csv) {
  const Table table = read_csv(csv);
  std::string kept;
  for (std::size_t row = 0; row < table.rows(); ++row)
    for (std::size_t column = 0; column < table.columns(); ++column)
      if (table.names()[column] != "seconds")
        kept += table.names()[column] + "=" + std::string(table.cell(row, column)) + ";";
  return kept;
}

}  // namespace

TEST_CASE("a log is a callback, with a line after each report") {
  CHECK(Callback<CsvLog>);
  const TemporaryFolder folder;
  CsvLog log{.path = folder.path() / "run.csv"};
  log.on_begin({});
  (void)log.scope();
  CHECK(text_of(log.path).empty());
  const std::vector<MetricValue> metrics{{"top 5, \"x\"", 0.75, true}};
  EpochReport report{.epoch = 0,
                     .epochs = 2,
                     .loss = 0.1,
                     .lr = 1e-3,
                     .seconds = 2.5,
                     .validation_loss = std::numeric_limits<double>::quiet_NaN(),
                     .accuracy = 1,
                     .clipped_share = 0,
                     .metrics = metrics};
  log.on_epoch(report);
  const std::string first =
      "epoch,loss,validation_loss,accuracy,lr,clipped_share,seconds,\"top 5, "
      "\"\"x\"\"\"\n1,0.1,nan,1,0.001,0,2.5,0.75\n";
  CHECK(text_of(log.path) == first);
  report.epoch = 1;
  report.loss = -std::numeric_limits<double>::infinity();
  log.on_epoch(report);
  CHECK(text_of(log.path) == first + "2,-inf,nan,1,0.001,0,2.5,0.75\n");
  CHECK(log.bytes == text_of(log.path).size());
}

TEST_CASE("figures without a source have no column; a new run begins a new file") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "run.csv";
  std::ofstream(path)
      << "of another run, and long enough to be seen behind the new one: ................................\n";
  auto model = fresh_model();
  CsvLog log{.path = path};
  const History history = train(model, {.epochs = 2, .batch_size = 8}, log);
  CHECK(text_of(path).rfind("epoch,loss,lr,seconds\n1,", 0) == 0);
  history.write_csv(folder.path() / "history.csv");
  CHECK(text_of(path) == text_of(folder.path() / "history.csv"));
}

TEST_CASE("the log of fit is what the history writes, with metrics") {
  const TemporaryFolder folder;
  auto model = fresh_model();
  const History history = train(model, options_of(5), CsvLog{folder.path() / "run.csv"}, MAE{});
  history.write_csv(folder.path() / "history.csv");
  const std::string log = text_of(folder.path() / "run.csv");
  CHECK(log == text_of(folder.path() / "history.csv"));
  CHECK(log.rfind("epoch,loss,validation_loss,accuracy,lr,seconds,mae\n1,", 0) == 0);
  CHECK(std::count(log.begin(), log.end(), '\n') == 6);
}

TEST_CASE("a resumed run's log is that of a run never interrupted, whenever it stopped") {
  const TemporaryFolder folder;
  const auto whole = folder.path() / "whole.csv", path = folder.path() / "run.csv", saved = folder.path() / "run.ckpt";
  {
    auto model = fresh_model();
    train(model, options_of(6), CsvLog{whole});
  }
  // The run goes on beyond its last checkpoint, and dies in the middle of a line; 3 steps are an epoch.
  for (const int every_steps : {1, 2, 3, 4, 5, 7, 100}) {
    CAPTURE(every_steps);
    {
      auto model = fresh_model();
      struct Stop {
        void on_step(const StepReport& report) const {
          if (report.epoch == 3 && report.step == 1) throw Error("killed");
        }
      };
      CHECK(message_of<Error>([&] {
              train(model, options_of(6), CsvLog{path},
                    Checkpoint{.path = saved, .every_epochs = 0, .every_steps = every_steps}, Stop{});
            }) == "killed");
      std::ofstream(path, std::ios::app) << "4,0.1";
    }
    auto model = fresh_model();
    auto options = options_of(6);
    if (every_steps < 100) options.resume = saved;
    train(model, options, CsvLog{path}, Checkpoint{.path = folder.path() / "other.ckpt"});
    CHECK(without_seconds(path) == without_seconds(whole));
  }
}

TEST_CASE("a log that can't be written ends fit, with the best weights back") {
  const TemporaryFolder folder;
  auto model = fresh_model();
  const auto before = model;
  CHECK(message_of<TrainingError>([&] { train(model, options_of(1), CsvLog{}); }) ==
        "CsvLog: path is empty, expected the name of a file");
  CHECK(contains(message_of<FileError>([&] { train(model, options_of(1), CsvLog{folder.path()}); }), "is a directory"));
  const auto nowhere = folder.path() / "none" / "run.csv";
  CHECK(message_of<FileError>([&] { train(model, options_of(1), CsvLog{nowhere}); }) ==
        nowhere.string() + ": can't be created: " + std::generic_category().message(ENOENT));
  CHECK(model == before);
  if (std::filesystem::exists("/dev/full")) {
    CHECK(contains(message_of<FileError>([&] { train(model, options_of(3), CsvLog{"/dev/full"}); }),
                   "/dev/full: can't write "));
    CHECK(!(model == before));  // the first epoch's weights
  }
}

TEST_CASE("a file that someone else changes or removes is left alone") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "run.csv";
  for (const bool removes : {false, true}) {
    struct Other {
      std::filesystem::path path;
      bool removes;
      void on_epoch(const EpochReport& report) const {
        if (report.epoch != 1) return;
        if (removes)
          std::filesystem::remove(path);
        else
          std::ofstream(path, std::ios::app) << "mine";
      }
    };
    auto model = fresh_model();
    const std::string message =
        message_of<FileError>([&] { train(model, options_of(4), CsvLog{path}, Other{path, removes}); });
    CHECK(contains(message, removes ? "is gone, someone else removed it" : "someone else writes to it"));
    CHECK(std::filesystem::exists(path) == !removes);
  }
}

TEST_CASE("a log that can't be gone on with leaves the model as it was") {
  const TemporaryFolder folder;
  const auto saved = folder.path() / "run.ckpt", path = folder.path() / "run.csv";
  auto model = fresh_model();
  train(model, options_of(2), CsvLog{path}, Checkpoint{.path = saved});
  std::filesystem::remove(path);
  auto resumed = fresh_model();
  auto options = options_of(4);
  options.resume = saved;
  CHECK(contains(message_of<FileError>([&] { train(resumed, options, CsvLog{path}, Checkpoint{.path = saved}); }),
                 "no such file"));
  CHECK(resumed == fresh_model());
}

TEST_CASE("a checkpoint that knows of more than there is") {
  const TemporaryFolder folder;
  CsvLog log{folder.path() / "run.csv", 10};
  CHECK(message_of<FileError>([&] { (void)log.scope(); }) ==
        log.path.string() + ": no such file, expected one of at least 10 bytes");
  std::ofstream(log.path) << "12345";
  CHECK(message_of<FileError>([&] { (void)log.scope(); }) == log.path.string() + ": has 5 bytes, expected at least 10");
  CHECK(text_of(log.path) == "12345");
}
