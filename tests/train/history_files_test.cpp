// SPDX-License-Identifier: MIT
// History as CSV and as JSON; the environment.
#include "evomlp/data/dataset.hpp"
#include "evomlp/init/init.hpp"
#include "evomlp/io/json.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/optim/chain.hpp"
#include "evomlp/optim/clip.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/train/environment.hpp"
#include "evomlp/train/fit.hpp"
#include "evomlp/train/history.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>

using namespace evomlp;

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

const std::string& value_of(const Environment& environment, const std::string& name) {
  for (const auto& [key, value] : environment)
    if (key == name) return value;
  throw Error("no " + name);
}

/// The bytes of a metric's name aren't always what one would wish.
struct Odd {
  static constexpr std::string_view name = "\"odd\",\n\xFF\x01";
  static constexpr bool larger_is_better = true;
  void add(auto, auto) {}
  double value() const { return std::numeric_limits<double>::infinity(); }
};

/// Takes any JSON, and throws where it is none.
struct AnyJson {
  int nulls = 0;
  void begin_object(std::size_t) {}
  void end_object(std::size_t) {}
  void begin_array(std::size_t) {}
  void end_array() {}
  void key(std::string_view, std::size_t) {}
  void string(std::string_view, std::size_t) {}
  void whole_number(std::uint64_t, std::size_t) {}
  void other(std::string_view what, std::size_t) { nulls += what == "null" ? 1 : 0; }
  [[noreturn]] void fault(const std::string& what, std::size_t offset) const {
    throw Error(what + " at " + std::to_string(offset));
  }
};

/// Flags that no machine has.
struct Other : isa::NoBlas, isa::NoFma {
  static constexpr std::string_view name() { return "other"; }
  template <class T>
  using Vector = T;
};

}  // namespace

TEST_CASE("an empty history has its header and no line") {
  const TemporaryFolder folder;
  History().write_csv(folder.path() / "h.csv");
  CHECK(text_of(folder.path() / "h.csv") == "epoch,loss,lr,seconds\n");
  History().write_json(folder.path() / "h.json");
  CHECK(text_of(folder.path() / "h.json") ==
        R"({"epochs":0,"best_epoch":null,"stop_reason":"all epochs done","stop_message":"","figures":{},"metrics":{},)"
        R"("layer_clipped_share":[],"environment":{}})");
}

TEST_CASE("numbers in their shortest form, and what has no figures left out") {
  const TemporaryFolder folder;
  History history;
  history.loss = {1.0 / 3, std::numeric_limits<double>::quiet_NaN()};
  history.lr = {1e-3, 1e-4};
  history.accuracy = {0.5, 1};
  history.seconds = {2};  // one's own figures may be too few
  history.write_csv(folder.path() / "h.csv");
  CHECK(text_of(folder.path() / "h.csv") ==
        "epoch,loss,accuracy,lr,seconds\n1,0.3333333333333333,0.5,0.001,2\n2,nan,1,1e-04,nan\n");
  history.write_json((folder.path() / "h.json").string());
  CHECK(text_of(folder.path() / "h.json") ==
        R"({"epochs":2,"best_epoch":null,"stop_reason":"all epochs done","stop_message":"","figures":)"
        R"({"loss":[0.3333333333333333,null],"accuracy":[0.5,1.0],"lr":[0.001,0.0001],"seconds":[2.0]},"metrics":{},)"
        R"("layer_clipped_share":[],"environment":{}})");
}

TEST_CASE("what fit returns, as JSON: any text is JSON, the best epoch counts from 1") {
  const TemporaryFolder folder;
  Dataset<double> data{make_matrix<double>(8, 1), make_matrix<double>(8, 1)};
  for (std::size_t i = 0; i < 8; ++i) data.x(i, 0) = data.y(i, 0) = static_cast<double>(i) / 8;
  Model<Sequential<Linear<1, 1>>, double> model(init::zeros(), 1);
  const History history = fit(model, data, MSELoss{}, chain(ClipGradValue{0.1}, SGD{.lr = 0.5}),
                              {.epochs = 3, .batch_size = 8, .validation = &data}, Odd{});
  CHECK(history.best_epoch() == 2);
  history.write_json(folder.path() / "h.json");
  const std::string text = text_of(folder.path() / "h.json");
  AnyJson json;
  detail::parse_json(text, json);
  CHECK(json.nulls == 3);
  for (const char* part :
       {"{\"epochs\":3,\"best_epoch\":3,\"stop_reason\":\"all epochs "
        "done\",\"stop_message\":\"\",\"figures\":{\"loss\":[",
        "],\"clipped_share\":[1.0,", "\"metrics\":{\"\\\"odd\\\",\\n\xEF\xBF\xBD\\u0001\":[null,null,null]},",
        "\"layer_clipped_share\":[[1.0],[", "\"scalar\":\"double\"", "\"blas threads\":\""}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  history.write_csv(folder.path() / "h.csv");
  CHECK(text_of(folder.path() / "h.csv")
            .rfind("epoch,loss,validation_loss,lr,clipped_share,seconds,\"\"\"odd\"\",\n\xFF\x01\"\n1,", 0) == 0);
}

TEST_CASE("a file that can't be written is a FileError, and the old one stays") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(History().write_csv(folder.path() / "none" / "h.csv"), FileError);
  CHECK_THROWS_AS(History().write_json(folder.path()), FileError);
}

TEST_CASE("the environment") {
  const Environment here = environment<float>();
  CHECK(here.size() == 11);
  CHECK(value_of(here, "evomlp").find('.') != std::string::npos);
  for (const auto& entry : here) {
    CAPTURE(entry.first);
    CHECK(!entry.second.empty());
  }
  CHECK(value_of(here, "scalar") == "float");
  CHECK(value_of(environment<double>(), "scalar") == "double");
  const int floats = std::stoi(value_of(here, "simd lanes")),
            doubles = std::stoi(value_of(environment<double>(), "simd lanes"));
  CHECK((doubles == floats / 2 || doubles == 1));
  CHECK(value_of(here, "pointer bits") == std::to_string(8 * sizeof(void*)));

  // Of the kernels that were asked, not of this file's flags.
  const Environment other = environment<float, Other>();
  CHECK(value_of(other, "simd") == "other");
  CHECK(value_of(other, "simd lanes") == "1");
  CHECK(value_of(other, "fma") == "no");
  CHECK(value_of(other, "blas") == "no");
  CHECK(value_of(other, "blas threads") == "1");
}
