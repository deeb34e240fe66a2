// SPDX-License-Identifier: MIT
// expect: evomlp::fit: two communicators, expected one at most
#include "evomlp/evomlp.hpp"

#include <span>
#include <string>
#include <vector>

using namespace evomlp;

struct Team {
  static int rank() { return 0; }
  static int size() { return 1; }
  static void sum(std::span<float>) {}
  static void sum(std::span<double>) {}
  static std::vector<std::string> exchange(const std::string& text) { return {text}; }
  static void leave(const std::string&) {}
};

void run(Team& one, Team& other) {
  Model<Sequential<Linear<2, 1>>> model;
  const Dataset<float> data{make_matrix<float>(4, 2), make_matrix<float>(4, 1)};
  fit(model, data, MSELoss{}, SGD{}, {}, one, other);
}
