// SPDX-License-Identifier: MIT
// Every layer, and plain chains of them, against the numbers of an independent framework.
#include "evomlp/evomlp.hpp"
#include "reference/layers.hpp"
#include "support/reference_case.hpp"

#include <doctest/doctest.h>

using namespace evomlp;
using evomlp_test::check_case;
using evomlp_test::difference;

TEST_CASE("Layers agree with an independent framework in double: output, loss, gradients, buffers, evaluation") {
#define CHECK_LAYER(name, ...) check_case<__VA_ARGS__, double>(evomlp_reference::name, 1e-12);
  EVOMLP_REFERENCE_LAYERS(CHECK_LAYER)
#undef CHECK_LAYER
}

namespace {

template <class Net>
void check_statistics(const evomlp_reference::StatisticsCase& c) {
  INFO(std::string(c.net));
  Model<Net, double> model = evomlp_test::model_of<Net, double>(c.entries, c.parameters);
  State state(model, SGD{}, {.max_batch = 16});
  const std::vector<double> no_target(16 * Net::out_features);
  std::size_t row = 0;
  for (std::size_t pass = 0; pass < c.batch_rows.size(); ++pass) {
    const std::size_t rows = c.batch_rows[pass];
    evomlp::detail::gradients_of<isa::ThisTarget>(
        model, state, MSELoss{}, c.x.data() + row * c.in_features, rows,
        kernels::Matrix<const double, isa::ThisTarget>{no_target.data(), rows, c.out_features});
    row += rows;
    if (pass == 0) CHECK(difference(evomlp_test::numbers_of(model, c.buffer_entries), c.buffers_after_1) < 1e-14);
  }
  REQUIRE(c.batch_rows.size() == 3);
  CHECK(difference(evomlp_test::numbers_of(model, c.buffer_entries), c.buffers_after_3) < 1e-14);
  const auto y = predict(model, evomlp::detail::tensor_view(c.x.data(), row, c.in_features));
  CHECK(difference(y, c.evaluation_y) < 1e-14);
}

}  // namespace

TEST_CASE("Running statistics agree with an independent framework after one and after three batches of unequal size") {
#define CHECK_STATISTICS(name, ...) check_statistics<__VA_ARGS__>(evomlp_reference::name);
  EVOMLP_REFERENCE_STATISTICS(CHECK_STATISTICS)
#undef CHECK_STATISTICS
}
