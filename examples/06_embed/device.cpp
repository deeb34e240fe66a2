// SPDX-License-Identifier: MIT
// What runs on the device: the header that train.cpp wrote and evomlp/inference.hpp, no heap, no exceptions. Here it
// draws what the network thinks of the plane.
#include "moons.hpp"

#include <cstdio>

int main() {
  if (!moons::self_test()) return std::puts("the network is not what it was where it was trained"), 1;

  for (int row = 0; row < 20; ++row) {
    char line[61] = {};
    for (int column = 0; column < 60; ++column) {
      const float x[moons::inputs] = {-1.5f + 4.0f * static_cast<float>(column) / 59,
                                      1.5f - 2.5f * static_cast<float>(row) / 19};
      float lower[moons::outputs];  // the probability of the second class
      moons::predict(x, lower);
      line[column] = " .:-=+*#%@"[static_cast<int>(lower[0] * 9.99f)];
    }
    std::puts(line);
  }

  const float sample[moons::inputs] = {0.0f, 1.0f};
  std::printf("(0, 1) belongs to the %s moon\n", moons::class_names[moons::predict_class(sample)]);
}
