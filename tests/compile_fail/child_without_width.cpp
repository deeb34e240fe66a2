// SPDX-License-Identifier: MIT
// expect: evomlp: a child that keeps any width is declared with the width that enters it
#include "evomlp/evomlp.hpp"

constexpr evomlp::Child<"drop", evomlp::Dropout<0.5>> drop{};

int main() {}
