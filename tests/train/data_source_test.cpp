// SPDX-License-Identifier: MIT
// SourceRef: any DataSource behind a pointer.
#include "evomlp/train/data_source.hpp"

#include "evomlp/data/dataset.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

using namespace evomlp;
using evomlp_test::contains;
using evomlp_test::message_of;

namespace {

struct NoGather {
  using value_type = float;
  using target_type = float;
  std::size_t size() const { return 1; }
  std::size_t features() const { return 1; }
  std::size_t outputs() const { return 1; }
};
struct Bare : NoGather {
  void gather(std::span<const std::size_t> rows, float* x, float* y) const {
    for (const std::size_t row : rows) {
      *x++ = static_cast<float>(row);
      *y++ = -static_cast<float>(row);
    }
  }
};

static_assert(!DataSource<NoGather> && DataSource<Bare> && DataSource<Dataset<double>>);
static_assert(std::is_convertible_v<const Bare*, SourceRef> && !std::is_convertible_v<const NoGather*, SourceRef>);

}  // namespace

TEST_CASE("made from a pointer, or empty") {
  const Bare bare;
  CHECK(!SourceRef());
  CHECK(!SourceRef(nullptr));
  CHECK(!SourceRef(static_cast<const Bare*>(nullptr)));
  CHECK(static_cast<bool>(SourceRef(&bare)));
}

TEST_CASE("what the source says comes through") {
  const auto data = evomlp_test::two_classes<double>(6, 2);
  const SourceRef ref = &data;
  const SourceRef::Typed<double, std::int32_t> typed(ref, "here");
  CHECK(typed.size() == 6);
  CHECK(typed.features() == 2);
  CHECK(typed.outputs() == 1);
  const std::array<std::size_t, 3> rows = {4, 0, 4};
  std::vector<double> x(6);
  std::vector<std::int32_t> y(3);
  typed.gather(rows, x.data(), y.data());
  CHECK(x == std::vector<double>{data.x(4, 0), data.x(4, 1), data.x(0, 0), data.x(0, 1), data.x(4, 0), data.x(4, 1)});
  CHECK(y == std::vector<std::int32_t>{data.y(4), data.y(0), data.y(4)});
}

TEST_CASE("other types than expected are named") {
  const Bare bare;
  const SourceRef ref = &bare;
  const auto text = message_of<DataError>([&] { SourceRef::Typed<double, double>(ref, "here"); });
  CHECK(contains(text, "here holds float targets, expected double targets"));
  CHECK(contains(message_of<DataError>([&] { SourceRef::Typed<float, std::int32_t>(ref, "here"); }),
                 "expected float with class labels"));
}

TEST_CASE("a source's own checks are reached through the reference; one without any passes") {
  auto data = evomlp_test::two_classes<float>(6, 2);
  data.y(3) = 9;
  const SourceRef ref = &data;
  const SourceRef::Typed<float, std::int32_t> typed(ref, "here");
  require_valid(typed, "here");
  CHECK(contains(message_of<DataError>([&] { require_labels_below(typed, 2, "here"); }), "label is 9 in row 3"));
  data.x = make_matrix<float>(5, 2);
  CHECK(contains(message_of<DataError>([&] { require_valid(typed, "here"); }), "x has 5 rows and y has 6"));
  const Bare bare;
  const SourceRef bare_ref = &bare;
  const SourceRef::Typed<float, float> bare_typed(bare_ref, "here");
  CHECK_NOTHROW(require_valid(bare_typed, "here"));
}
