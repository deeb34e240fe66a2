// SPDX-License-Identifier: MIT
// What a device runs: a header of write_headers against 64 outputs of the machine that wrote it. Also runs on that
// machine. With EMBEDDED_SIZE nothing but one prediction, to be measured.
#include "network.hpp"
#include "platform.hpp"

#ifdef EMBEDDED_SIZE

volatile float input[network::inputs], output[network::outputs];

int main() {
  float x[network::inputs], y[network::outputs];
  for (std::size_t i = 0; i < network::inputs; ++i) x[i] = input[i];
  network::predict(x, y);
  for (std::size_t i = 0; i < network::outputs; ++i) output[i] = y[i];
}

#else
#include "cases.hpp"

namespace {

float outputs[network::outputs];

void predict_one() { network::predict(case_inputs[0], outputs); }

float magnitude(float value) { return value < 0 ? -value : value; }

constexpr std::size_t widest() {
  std::size_t most = 0;
  for (const evomlp::ParameterInfo& info : evomlp::parameter_table<network::Network>) {
    if (info.in > most) most = info.in;
    if (info.out > most) most = info.out;
  }
  return most;
}

}  // namespace

int main() {
  report("stack", static_cast<unsigned>(stack_used(predict_one)));
  report("room", static_cast<unsigned>(3 * widest() * sizeof(float) + 1024));
  float worst = 0, largest = 0;
  for (const auto& row : case_outputs)
    for (const float value : row) largest = magnitude(value) > largest ? magnitude(value) : largest;
  for (std::size_t i = 0; i < 64; ++i) {
    network::predict(case_inputs[i], outputs);
    for (std::size_t j = 0; j < network::outputs; ++j) {
      const float difference = magnitude(outputs[j] - case_outputs[i][j]) / largest;
      if (!(difference <= worst)) worst = difference;
    }
  }
  report("difference_e9", worst <= 1 ? static_cast<unsigned>(worst * 1e9f) : 1000000000u);
  report("self_test", network::self_test() ? 1 : 0);
}

#endif
