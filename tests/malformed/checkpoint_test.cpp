// SPDX-License-Identifier: MIT
// fit's .resume, load_best and load_checkpoint refuse malformed checkpoints and leave the model as it was.
#include "evomlp/train/checkpoint_file.hpp"

#include "evomlp/callbacks/early_stopping.hpp"
#include "evomlp/callbacks/checkpoint.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/metrics/mae.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/schedulers/reduce_lr_on_plateau.hpp"
#include "evomlp/train/fit.hpp"
#include "malformed/malformed.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <limits>
#include <string>
#include <string_view>

using namespace evomlp;
using namespace evomlp_test;

namespace {

using Net = Sequential<Linear<2, 1>>;

History run(Model<Net>& model, const std::filesystem::path& resume, auto... more) {
  const auto data = two_sides<float>(16, 2), validation = two_sides<float>(8, 2, 1, 2);
  return fit(model, data, BCEWithLogitsLoss{}, Adam{.lr = 1e-2},
             {.epochs = 3, .batch_size = 8, .validation = &validation, .resume = resume}, ReduceLROnPlateau{},
             EarlyStopping{}, MAE{}, more...);
}

/// A number of `size` bytes where the tensor called `key` begins.
Edit value(std::string_view key, std::uint64_t number_there, std::size_t size = 8) {
  return [=, key = std::string(key)](Bytes& file) {
    const Bytes copy = file;
    const TensorFile tensors(copy, "valid");
    const TensorEntry* const entry = tensors.find(key);
    if (entry == nullptr) throw std::logic_error("the file has no " + key);
    number(static_cast<std::size_t>(entry->bytes.data() - copy.data()), number_there, size)(file);
  };
}
Edit text(std::string_view from, std::string_view to) { return swap_in_header(0, 8, from, to); }

constexpr std::uint64_t minus_one = ~0ull, largest_int = 2147483647;

}  // namespace

TEST_CASE("Malformed checkpoints of fit") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "run.ckpt";
  Model<Net> start(init::he_normal(), 1), model = start;
  run(model, "", Checkpoint{.path = path});
  const std::vector<Malformed> table{
      {"empty", cut(0), "got 0 bytes, expected 8 or more"},
      {"cut in the header", cut(1000), "at offset 0, expected at most 992"},
      {"data cut", lose(1), "expected a range in the"},
      {"a trailing byte", append("x"), "where the last tensor ends"},
      {"an epoch below 0", value("position.epoch", minus_one), "\"position.epoch\": is not the number of epochs in its"},
      {"another epoch", value("position.epoch", 1), "\"position.epoch\": is not the number of epochs in its history"},
      {"an epoch beyond int", value("position.epoch", 1ull << 40), "got 1099511627776 as element 0, expected a number of 32"},
      {"a step beyond its epoch", value("position.step", 3), "\"position.step\": is not a step of an epoch"},
      {"a step beyond everything", value("position.step", minus_one), "\"position.step\": is not a step of an epoch"},
      {"a best epoch to come", value("best.epoch", 3), "\"best.epoch\": is not an epoch in its history"},
      {"a best epoch below none", value("best.epoch", minus_one - 1), "\"best.epoch\": is not an epoch in its history"},
      {"patience used up for ever", value("extras.1.epochs_without", largest_int), "is not a count of epochs"},
      {"a count below 0", value("extras.0.epochs_without", minus_one), "is not a count of epochs"},
      {"a count that int has not", value("extras.0.cooldown_left", 1ull << 31), "expected a number of 32 bits"},
      {"neither true nor false", value("run.shuffle", 2, 1), "got 2 as element 0, expected 0 or 1"},
      {"neither there nor not", value("best.figure.has_value", 255, 1), "got 255 as element 0, expected 0 or 1"},
      {"not there although it is", value("best.model.has_value", 0, 1), "that nothing here asks for"},
      {"one length too large", value("history.metrics.lengths", 4), "is not what sums to the 3 values"},
      {"a length that wraps", value("history.metrics.lengths", minus_one), "is not what sums to the 3 values"},
      {"a reason that no one knows", value("history.stop_reason", 77), "\"history.stop_reason\": is not one of the reasons"},
      {"a key missing", text("\"state.lr\"", "\"state.lx\""), "key \"state.lr\": is missing, expected F64 []"},
      {"a rule with fewer numbers", text(R"("state.rule_state":{"dtype":"F32")", R"("state.rule_state":{"dtype":"U32")"),
       "key \"state.rule_state\": got U32"},
      {"weights of another shape", text(R"("model.0.weight":{"dtype":"F32","shape":[2])",
                                        R"("model.0.weight":{"dtype":"F32","shape":[2,1])"),
       "key \"model.0.weight\": got F32 [2, 1], expected F32 [2]"},
      {"a list as a number", text(R"("position.epoch":{"dtype":"I64","shape":[])",
                                  R"("position.epoch":{"dtype":"I64","shape":[1])"),
       "key \"position.epoch\": got I64 [1], expected I64 []"},
  };
  check_refused(read_file(path), table, [&](const std::filesystem::path& file) {
    model = start;
    try {
      run(model, file);
    } catch (...) {
      CHECK(same_bits(model, start));
      throw;
    }
  });
  const std::vector<Malformed> for_load_best{
      {"cut", lose(1), "expected a range in the"},
      {"no network", text("\"run.network\"", "\"run.netwerk\""), "key \"run.network\": is missing, expected U8 [n]"},
      {"no best", text("\"best.epoch\"", "\"best.epoxx\""), "key \"best.epoch\": is missing"},
      {"a number that is no text", text(R"("run.network":{"dtype":"U8")", R"("run.network":{"dtype":"I8")"), "got I8 ["},
  };
  check_refused(read_file(path), for_load_best, [&](const std::filesystem::path& file) {
    model = start;
    try {
      load_best(file, model);
    } catch (...) {
      CHECK(same_bits(model, start));
      throw;
    }
  });
}

TEST_CASE("Malformed checkpoints of a loop") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "loop.ckpt";
  Model<Net> model(init::he_normal(), 1);
  State state(model, Adam{.lr = 1e-2}, {.max_batch = 8});
  save_checkpoint(path, model, state);
  const Model<Net> start;
  const std::vector<Malformed> table{
      {"empty", cut(0), "got 0 bytes, expected 8 or more"},
      {"data cut", lose(4), "expected a range in the"},
      {"another network of the same size", value("network", 'x', 1), "key \"network\": is not this network: xloat 0.w"},
      {"a model's file", text("\"network\"", "\"netwerk\""), "key \"network\": is missing, expected U8 [n]"},
      {"something more", text(R"("state.seed":{)", R"("x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"state.seed":{)"),
       "holds x that nothing here asks for"},
      {"another rule's numbers", text("\"state.rule_state\"", "\"state.rule\""), "key \"state.rule_state\": is missing"},
  };
  check_refused(read_file(path), table, [&](const std::filesystem::path& file) {
    Model<Net> read = start;
    State its(read, Adam{.lr = 1e-2}, {.max_batch = 8});
    try {
      load_checkpoint(file, read, its);
    } catch (...) {
      CHECK(same_bits(read, start));
      throw;
    }
    CHECK(same_bits(read, model));
  });
}
