// SPDX-License-Identifier: MIT
// write_headers DIR: three networks as headers, DIR/<net>/network.hpp, each with 64 inputs and what the network makes
// of them here, DIR/<net>/cases.hpp. For device.cpp.
#include "../support/draw.hpp"
#include "evomlp/evomlp.hpp"
#include "evomlp/io/to_header.hpp"
#include "evomlp/net/fold_batchnorm.hpp"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <span>
#include <string>
using namespace evomlp;

namespace {

constexpr std::size_t cases = 64;

/// Biases, statistics and α away from their start.
template <class Net>
Model<Net> drawn() {
  Model<Net> model(init::residual_scaled(), 1);
  evomlp_test::Draw draw(2);
  for (float& value : model.parameters()) value += static_cast<float>(draw.uniform(-0.05, 0.05));
  for (float& value : model.buffers()) value += static_cast<float>(draw.uniform(0, 0.5));
  return model;
}

/// The outputs of the header's network, from a tensor of raw inputs: SIMD, in batches, the scaler in double.
template <class Net>
void write(const std::filesystem::path& folder, const Model<Net>& model, HeaderOptions options,
           const StandardScaler* scaler) {
  std::filesystem::create_directories(folder);
  options.name = "network";
  options.scaler = scaler;
  to_header(model, folder / "network.hpp", options);

  auto x = make_matrix<float>(cases, Net::in_features);
  evomlp_test::Draw(3).fill_normal(std::span<float>(x.data(), x.size()));
  if (scaler) x = scaler->inverse_transform(x);
  const auto z = scaler ? scaler->transform(x) : x;
  const auto y = options.output == HeaderOutput::as_it_is ? predict(model, z) : predict_proba(model, z);
  std::string text;
  const auto add = [&](const char* name, const Tensor<float>& rows) {
    const std::size_t cols = rows.shape()[1];
    text.append("constexpr float ").append(name).append("[64][").append(std::to_string(cols)).append("] = {\n");
    text.append(detail::rows_text(std::vector<float>(rows.begin(), rows.end()), cols)).append("};\n");
  };
  add("case_inputs", x);
  add("case_outputs", y);
  write_file(folder / "cases.hpp", std::as_bytes(std::span(text)));
}

using Circles = Sequential<Linear<2, 32>, ReLU, Repeat<8, ResidualBlock<5.0, Linear<32, 32>, ReLU>>, Linear<32, 1>>;
using Classifier =
    Sequential<Linear<6, 48, false>, BatchNorm1d<48>, ReLU, Dropout<0.1>, Linear<48, 32>, Tanh, Linear<32, 5>>;
using Deep =
    Sequential<Linear<4, 96>, SiLU,
               ResidualBlock<0.5, Linear<96, 96>, BatchNorm1d<96>, Tanh, BatchNorm1d<96>, Dropout<0.5>, Linear<96, 96>>,
               HighwayBlock<Linear<96, 96>, GELU, Linear<96, 96>>,
               ReZeroBlock<Linear<96, 96>, LeakyReLU<0.1>, Dropout<0.1>, Linear<96, 96>>,
               ProjectedResidualBlock<1.0, Linear<96, 48>, Linear<96, 48>, Sigmoid>, Identity, Linear<48, 3>>;

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) return std::fprintf(stderr, "usage: write_headers DIR\n"), 2;
  const std::filesystem::path folder = argv[1];

  StandardScaler scaler;
  auto features = make_matrix<float>(50, 6);  // large means, so that a float alone would not do for them
  evomlp_test::Draw draw(4);
  for (float& value : features) value = static_cast<float>(101325.7 + 3 * draw.normal());
  scaler.fit(features);

  write(folder / "circles", drawn<Circles>(), {.output = HeaderOutput::sigmoid, .classes = {"in\"side\"", "außen"}},
        nullptr);
  write(folder / "classifier", fold_batchnorm(drawn<Classifier>()),
        {.output = HeaderOutput::softmax, .classes = {"a", "b", "c", "d", "e"}}, &scaler);
  write(folder / "deep", drawn<Deep>(), {}, nullptr);
} catch (const std::exception& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
