// SPDX-License-Identifier: MIT
// labels: thread
#include "evomlp/experiments/for_each_net.hpp"

#include "evomlp/experiments/run_experiments.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "support/message_of.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

using namespace evomlp;
using evomlp_test::message_of;

namespace {

template <std::size_t Width>
using Net = Sequential<Linear<2, Width>, Linear<Width, 1>>;

struct Rate {
  std::string name;
  double lr;
};
const std::vector<Rate> rates{{"lr 1", 1}, {"lr 10", 10}};

}  // namespace

TEST_CASE("each network under its name, in order") {
  const double scale = 2;
  const auto nets = for_each_net<Net<3>, Net<8>>({"narrow", "wide"}, [&]<class N>(std::uint64_t seed) {
    return scale * static_cast<double>(N::num_parameters) + static_cast<double>(seed);
  });
  const auto report = run_experiments(nets, {.seeds = 2, .threads = 2});
  REQUIRE(report.runs.size() == 4);
  CHECK(report.runs[0].configuration == "narrow");
  CHECK(report.runs[0].figures == std::vector{26.0});  // 2 * 3 + 3 + 3 + 1 parameters
  CHECK(report.runs[1].figures == std::vector{27.0});
  CHECK(report.runs[3].configuration == "wide");
  CHECK(report.runs[3].figures == std::vector{67.0});  // 2 * 8 + 8 + 8 + 1
}

TEST_CASE("each network with each setting; several figures; what isn't wanted is taken out") {
  const std::string parameters = "parameters";
  auto nets = for_each_net<Net<3>, Net<8>>({"narrow", "wide"}, rates, [&]<class N>(const Rate& rate, std::uint64_t) {
    return std::vector<std::pair<std::string, double>>{{parameters, N::num_parameters}, {"rate", rate.lr}};
  });
  std::erase_if(nets, [](const auto& one) { return one.name == "wide, lr 1"; });
  const auto report = run_experiments(nets, {.seeds = 1, .figures = {{"parameters"}, {"rate"}}});
  REQUIRE(report.runs.size() == 3);
  CHECK(report.summary("narrow, lr 1", "rate").median == 1);
  CHECK(report.summary("narrow, lr 10", "rate").median == 10);
  CHECK(report.summary("wide, lr 10", "rate").median == 10);
  CHECK(report.summary("wide, lr 10", "parameters").median == 33);
}

TEST_CASE("two networks of one name are found") {
  const auto nets = for_each_net<Net<3>, Net<8>>({"a", "a"}, []<class N>(std::uint64_t) { return 1.0; });
  CHECK(message_of([&] { run_experiments(nets, {.seeds = 1}); }) ==
        "run_experiments: configuration: two are called 'a'");
}
