// SPDX-License-Identifier: MIT
// What a layer declares, and how much room it takes: all at compile time.
#include "evomlp/contract/declare.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using namespace evomlp;

struct Example {
  static constexpr std::size_t in_features = 5, out_features = 3;
  static constexpr Parameter<"weight", 5, 3> weight{};
  static constexpr Parameter<"bias", 3> bias{.initial = 0.5};
  static constexpr Buffer<"mean", 3> mean{.initial = 2};
  static constexpr Saved<"inverse", 3> inverse{};
  static constexpr SavedRows<"mask"> mask{};
  static constexpr SavedRows<"sums", 7> sums{};
  static constexpr ScratchRows<"room", 2> room{};
  static constexpr auto parameters = table(weight, bias);
  static constexpr auto buffers = table(mean);
  static constexpr auto saved = table(inverse, mask, sums);
  static constexpr auto scratch = table(room);
};
struct Nothing {};

static_assert(evomlp::detail::Name("weight").view() == "weight" && evomlp::detail::Name("").view().empty());
static_assert(std::is_same_v<Parameter<"a", 3>, Parameter<"a", 3>> &&
              !std::is_same_v<Parameter<"a", 3>, Parameter<"b", 3>>);

// A tag is empty of numbers but for where it starts.
static_assert(!Example::weight.initial && *Example::bias.initial == 0.5 && Example::mean.initial == 2);

constexpr std::size_t width = 5;
using detail::offset_in;
using detail::size_of;
static_assert(size_of(Example::weight, width).fixed == 15 && size_of(Example::bias, width).fixed == 3);
static_assert(size_of(Example::parameters, width).fixed == 18 && size_of(Example::parameters, width).per_row == 0);
static_assert(size_of(Example::buffers, width).fixed == 3);
static_assert(offset_in<Parameter<"weight", 5, 3>>(Example::parameters, width).fixed == 0);
static_assert(offset_in<Parameter<"bias", 3>>(Example::parameters, width).fixed == 15);

// Saved values start on a cache line; rows follow the batch, as wide as what enters unless they say otherwise.
static_assert(size_of(Example::inverse, width).fixed == 16);
static_assert(size_of(Example::mask, width).per_row == 5 && size_of(Example::mask, 9).per_row == 9);
static_assert(size_of(Example::saved, width)(100) == 16 + (5 + 7) * 100);
static_assert(offset_in<SavedRows<"sums", 7>>(Example::saved, width)(100) == 16 + 5 * 100);
static_assert(size_of(Example::scratch, width)(4) == 8);

static_assert(detail::rounded_up(0) == 0 && detail::rounded_up(1) == 16 && detail::rounded_up(16) == 16 &&
              detail::rounded_up(17) == 32);
static_assert(larger(detail::Size{1, 20}, detail::Size{10, 2})(1) == 30);

// What a layer doesn't mention doesn't exist for it.
static_assert(std::is_same_v<decltype(detail::parameters_of<Nothing>()), evomlp::detail::TagTable<>>);
static_assert(std::is_same_v<decltype(detail::buffers_of<Nothing>()), evomlp::detail::TagTable<>>);
static_assert(std::is_same_v<decltype(detail::saved_of<Nothing>()), evomlp::detail::TagTable<>>);
static_assert(std::is_same_v<decltype(detail::scratch_of<Nothing>()), evomlp::detail::TagTable<>>);
static_assert(std::is_same_v<decltype(detail::children_of<Nothing>()), evomlp::detail::TagTable<>>);
static_assert(size_of(evomlp::detail::TagTable<>{}, width)(10) == 0);
static_assert(detail::in_width<Nothing>() == same_width && detail::out_width<Nothing>() == same_width);
static_assert(detail::in_width<Example>() == 5 && detail::out_width<Example>() == 3);

}  // namespace

TEST_CASE("a table keeps its entries in order, with their values") {
  CHECK(Example::parameters.size == 2);
  std::vector<std::optional<double>> initial;
  Example::parameters.each([&](const auto& tag) { initial.push_back(tag.initial); });
  CHECK(initial == std::vector<std::optional<double>>{std::nullopt, 0.5});
}
