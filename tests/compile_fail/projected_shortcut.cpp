// SPDX-License-Identifier: MIT
// expect: evomlp::ProjectedResidualBlock: the shortcut must take and produce the widths of the body
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { const Model<Sequential<ProjectedResidualBlock<1, Linear<4, 2>, Linear<4, 3>, ReLU>>> model; }
