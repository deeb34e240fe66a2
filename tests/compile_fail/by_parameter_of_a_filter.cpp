// SPDX-License-Identifier: MIT
// expect: evomlp::by_parameter: a filter, such as Freeze, has no formula to adjust
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  Model<Sequential<Linear<2, 3>>> model;
  const auto rule = by_parameter(Freeze<"0">{}, [](Freeze<"0"> freeze, const ParameterInfo&) { return freeze; });
  State state(model, chain(rule, SGD{}));
}
