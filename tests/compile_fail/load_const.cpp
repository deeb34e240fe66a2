// SPDX-License-Identifier: MIT
// expect: evomlp::load: what is named is read into a copy and assigned: it must be copyable, and not const
#include "evomlp/evomlp.hpp"

using namespace evomlp;

struct Scale {
  double mean = 0;
  void remember(auto& memory) { memory("mean", mean); }
};

int main() {
  Model<Sequential<Linear<2, 3>>> model;
  const Scale scale;
  load(model, "model.safetensors", named("scale", scale));
}
