// SPDX-License-Identifier: MIT
#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"
#include "support/close.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

using namespace evomlp;

namespace {

struct MaskOptions {
  std::uint64_t seed = 1;
  int steps_before = 0, max_batch = 64;
  std::size_t rows = 37;
};

/// What a training pass makes of ones in a net all of whose Linears change nothing: identity matrices, no biases.
template <class Net, class T = double>
std::vector<T> output_of_ones(const MaskOptions& options) {
  Model<Net, T> model;
  for (const ParameterInfo& info : parameter_table<Net>)
    if (info.rank == 2)
      for (std::size_t i = 0; i < info.in; ++i) model.parameters()[info.offset + i * info.out + i] = T(1);
  State state(model, SGD{.lr = 0}, {.max_batch = options.max_batch, .seed = options.seed});
  auto x = make_matrix<T>(options.rows, Net::in_features);
  x.fill(T(1));
  for (int i = 0; i <= options.steps_before; ++i) train_step(model, state, MSELoss{}, x, x);
  return std::vector<T>(state.work().y, state.work().y + options.rows * Net::out_features);
}

template <Real p, std::size_t N>
std::vector<double> mask_of(const MaskOptions& options) {
  return output_of_ones<Sequential<Linear<N, N>, Dropout<p>>>(options);
}

std::size_t equal_entries(const std::vector<double>& a, const std::vector<double>& b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] == b[i] ? 1u : 0u;
  return count;
}

}  // namespace

TEST_CASE("Dropout drops a share p, scales the rest by 1 / (1 - p) and so keeps the mean") {
  const auto check = [](const std::vector<double>& mask, double p) {
    const double n = static_cast<double>(mask.size()), kept = 1 / (1 - p);
    std::size_t zeros = 0;
    double sum = 0;
    for (const double m : mask) {
      CHECK((m == 0 || m == kept));
      zeros += m == 0 ? 1u : 0u;
      sum += m;
    }
    const double deviation = std::sqrt(p * (1 - p) / n);
    CHECK(std::abs(static_cast<double>(zeros) / n - p) < 4 * deviation);
    CHECK(std::abs(sum / n - 1) < 4 * deviation * kept);
  };
  check(mask_of<0.5, 37>({.max_batch = 300, .rows = 300}), 0.5);
  check(mask_of<0.1, 37>({.max_batch = 300, .rows = 300}), 0.1);
  check(mask_of<0.9, 5>({.max_batch = 300, .rows = 300}), 0.9);
  check(mask_of<0.25, 1>({.max_batch = 3000, .rows = 3000}), 0.25);
}

TEST_CASE("Dropout's rows and columns are independent of each other") {
  const auto mask = mask_of<0.5, 16>({.max_batch = 1000, .rows = 1000});
  for (std::size_t shift : {1u, 2u, 4u, 16u, 32u}) {  // a neighbour, a word and a block further, the next rows
    std::size_t both = 0;
    const std::size_t n = mask.size() - shift;
    for (std::size_t i = 0; i < n; ++i) both += mask[i] == mask[i + shift] ? 1u : 0u;
    CHECK(std::abs(static_cast<double>(both) / static_cast<double>(n) - 0.5) <
          4 * 0.5 / std::sqrt(static_cast<double>(n)));
  }
}

TEST_CASE("Dropout's mask is a function of seed, step and place, not of the room for a batch") {
  const auto mask = mask_of<0.5, 16>({.rows = 20});
  CHECK(mask_of<0.5, 16>({.rows = 20}) == mask);
  CHECK(mask_of<0.5, 16>({.max_batch = 20, .rows = 20}) == mask);
  CHECK(mask_of<0.5, 16>({.max_batch = 999, .rows = 20}) == mask);
  const auto fewer = mask_of<0.5, 16>({.rows = 7});  // the rows of a shorter batch are those of a longer one
  CHECK(std::equal(fewer.begin(), fewer.end(), mask.begin()));
  // 320 coins: two independent masks agree in about 160
  const auto differ = [&](const std::vector<double>& other) {
    return std::abs(static_cast<int>(equal_entries(mask, other)) - 160) < 40;
  };
  CHECK(differ(mask_of<0.5, 16>({.seed = 2, .rows = 20})));
  CHECK(differ(mask_of<0.5, 16>({.steps_before = 1, .rows = 20})));
  CHECK(differ(mask_of<0.5, 16>({.seed = 0, .rows = 20})));
  CHECK(mask_of<0.5, 16>({.steps_before = 2, .rows = 20}) != mask_of<0.5, 16>({.steps_before = 1, .rows = 20}));
}

TEST_CASE("Dropout's mask is the same in float and double") {
  using Net = Sequential<Linear<13, 13>, Dropout<0.5>>;
  CHECK(evomlp_test::difference(output_of_ones<Net, float>({}), output_of_ones<Net, double>({})) == 0);
}

TEST_CASE("Dropouts of one net have masks of their own: in a list, in Repeat, in nested lists, in blocks") {
  using L = Linear<8, 8>;
  using D = Dropout<0.5>;
  const MaskOptions options{.max_batch = 500, .rows = 500};
  const auto share = [](const std::vector<double>& y, double value) {
    return static_cast<double>(std::count(y.begin(), y.end(), value)) / static_cast<double>(y.size());
  };
  // Two masks one after the other leave 0 in 3/4 of the places if they are independent, in 1/2 if they are the same.
  CHECK(std::abs(share(output_of_ones<Sequential<L, D, D>>(options), 0) - 0.75) < 0.03);
  CHECK(std::abs(share(output_of_ones<Sequential<Repeat<2, L, D>>>(options), 0) - 0.75) < 0.03);
  CHECK(std::abs(share(output_of_ones<Sequential<Sequential<L, D>, Sequential<D>>>(options), 0) - 0.75) < 0.03);
  CHECK(std::abs(share(output_of_ones<Sequential<Repeat<3, Sequential<L, Sequential<D>>>>>(options), 0) - 0.875) <
        0.03);
  // y = x - mask in each block: 1 where dropped, else -1; twice: (1, -1, -1, 1) if independent, always 1 if the same.
  using Block = ResidualBlock<-1, D, L>;
  CHECK(std::abs(share(output_of_ones<Sequential<Block, Block>>(options), 1) - 0.5) < 0.03);
  CHECK(std::abs(share(output_of_ones<Sequential<Repeat<2, Block>>>(options), 1) - 0.5) < 0.03);
  // A block's shortcut and body: mask_s + mask_b is 0, 2 or 4; 2 in half of the places if they are independent.
  using Projected = ProjectedResidualBlock<1, Sequential<L, D>, L, D>;
  CHECK(std::abs(share(output_of_ones<Sequential<Projected>>(options), 2) - 0.5) < 0.03);
}

TEST_CASE("Dropout is the identity in prediction, and always at p = 0") {
  const auto x = evomlp_test::normal_batch<double>(5, 7, 1);
  Model<Sequential<Dropout<0.5>, Linear<7, 7>, Dropout<0.5>>, double> model;
  for (std::size_t i = 0; i < 7; ++i) parameter<"1.weight">(model)(i, i) = 1;
  CHECK(evomlp_test::difference(predict(model, x), x) == 0);
  for (const double y : mask_of<0, 7>({})) CHECK(y == 1);
}
