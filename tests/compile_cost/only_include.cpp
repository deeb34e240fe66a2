// SPDX-License-Identifier: MIT
// EvoMLP included and not used.
#include "evomlp/evomlp.hpp"

int main() {}
