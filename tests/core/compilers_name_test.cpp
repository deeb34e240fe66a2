// SPDX-License-Identifier: MIT
#include "evomlp/core/compilers_name.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using evomlp::detail::bare_name;

struct AtTheTop {};

namespace outer {

struct Plain {};
enum Kind { soft, hard };
template <Kind kind, class... Ts>
struct Many {
  struct Inner {};
  template <class T>
  struct Deep {};
};

}  // namespace outer

namespace {

struct Hidden {};

TEST_CASE("a type's name without namespaces and arguments, as a constant") {
  static_assert(bare_name<outer::Plain>() == "Plain");
  CHECK(bare_name<AtTheTop>() == "AtTheTop");
  CHECK(bare_name<Hidden>() == "Hidden");
  CHECK(bare_name<int>() == "int");
  CHECK(bare_name<outer::Many<outer::hard>>() == "Many");
  CHECK(bare_name<outer::Many<outer::soft, outer::Plain, std::vector<std::pair<int, Hidden>>>>() == "Many");
  CHECK(bare_name<outer::Many<outer::soft, outer::Many<outer::hard, int>>::Inner>() == "Inner");
  CHECK(bare_name<outer::Many<outer::soft, int>::Deep<outer::Many<outer::hard>>>() == "Deep");
  struct Local {};
  CHECK(bare_name<Local>() == "Local");
}

}  // namespace
