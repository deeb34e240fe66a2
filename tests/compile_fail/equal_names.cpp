// SPDX-License-Identifier: MIT
// expect: evomlp: two entries of one table have the same name
#include "evomlp/evomlp.hpp"

using namespace evomlp;

constexpr Parameter<"gain", 3> gain{};
constexpr Parameter<"gain", 4> other{};
constexpr auto parameters = table(gain, other);

int main() {}
