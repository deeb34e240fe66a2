// SPDX-License-Identifier: MIT
// What one unit makes, another trains with, and all predict with: the same types, and the same numbers but for rounding.
// (Not so what the careless unit, -ffast-math, predicts itself: clang 14 takes xsimd's rounding to whole numbers away.)
#include "unit.hpp"

#include <cmath>
#include <cstdio>
#include <limits>

Unit vectors();
Unit careless();

namespace {

int faults = 0;

void require(bool holds, const char* what, const Unit& a, const Unit& b) {
  if (holds) return;
  std::printf("%s: %s and %s\n", what, a.name.c_str(), b.name.c_str());
  ++faults;
}

bool is_careless(const Unit& unit) { return unit.name == "careless"; }

bool near_each_other(const evomlp::Tensor<float>& a, const evomlp::Tensor<float>& b) {
  bool all = a.size() == b.size();
  for (std::size_t i = 0; all && i < a.size(); ++i) all = std::abs(a.data()[i] - b.data()[i]) < 1e-3f;
  return all;
}

}  // namespace

int main() {
  const Unit units[] = {make_unit("plain"), vectors(), careless()};
  for (const Unit& maker : units) {
    const Data data = maker.data();
    for (const Unit& trainer : units) {
      require(maker.layout == trainer.layout, "sizes, alignments or offsets differ", maker, trainer);
      require(maker.types == trainer.types, "a name means different types", maker, trainer);
      require(&maker == &trainer || maker.kernels != trainer.kernels, "the kernels have the same name", maker, trainer);
      Model model(evomlp::init::he_normal(), 1);
      require(trainer.train(model, data) < 0.2, "the loss doesn't fall", maker, trainer);
      const auto expected = trainer.predict(model, data);
      for (const Unit& user : units)
        if (!is_careless(trainer) && !is_careless(user))
          require(near_each_other(user.predict(model, data), expected), "predictions differ", trainer, user);
      std::size_t right = 0;
      for (std::size_t i = 0; i < data.size(); ++i) right += (expected(i, 0) > 0) == (data.y(i, 0) > 0.5f);
      require(right > 54, "it hasn't learned", maker, trainer);
      model.parameters()[0] = std::numeric_limits<float>::quiet_NaN();
      require(is_careless(trainer) || !evomlp::portable::is_finite(trainer.train(model, data)), "a NaN goes unseen",
              maker, trainer);
    }
  }
  return faults;
}
