// SPDX-License-Identifier: MIT
// expect: evomlp::by_parameter: the function must take (policy, const ParameterInfo&) and return the policy
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  chain(by_parameter(Adam{}, [](Adam rule, const ParameterInfo&) { rule.lr *= 0.1; }));
}
