// SPDX-License-Identifier: MIT
#include <evomlp/core/tensor.hpp>
#include <evomlp/data/dataset.hpp>
#include <evomlp/version.hpp>

std::size_t features_seen_elsewhere(const evomlp::Dataset<float>& data);

int main() {
  const evomlp::Dataset<float> data{evomlp::make_matrix<float>(3, 2), evomlp::make_matrix<float>(3, 1)};
  return features_seen_elsewhere(data) == data.features() ? 0 : 1;
}
