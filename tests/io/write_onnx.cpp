// SPDX-License-Identifier: MIT
// Writes a list of networks into the folder argv[1], each twice, for float and double: NAME.onnx, and NAME.json with
// inputs of 1 and 7 rows and what predict makes of them. For check_onnx.py and run_onnx.cjs.
#include "evomlp/evomlp.hpp"
#include "evomlp/io/json_writer.hpp"
#include "evomlp/io/to_onnx.hpp"
#include "support/batch.hpp"
#include "support/onnx_of_a_user.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

using namespace evomlp;
using namespace evomlp_test;

namespace {

// Different numbers everywhere, as after training; variances and scales are positive.
template <class Net, class T>
Model<Net, T> trained() {
  Model<Net, T> model(init::xavier_normal(), 1);
  const Random random(2, Stream::data);
  std::uint64_t next = 0;
  for (const ParameterInfo& info : parameter_table<Net>) {
    if (info.rank == 2) continue;
    T* const values = (info.trained ? model.parameters() : model.buffers()).data() + info.offset;
    for (std::size_t i = 0; i < info.size; ++i) {
      const double number = random.normal(next++);
      const bool positive = info.key.ends_with("running_var") || info.key.ends_with("scale");
      values[i] = static_cast<T>(positive ? 0.1 + std::abs(number) : number);
    }
  }
  return model;
}

template <class Net, class T>
void write(const std::filesystem::path& folder, const std::string& name) {
  const auto model = trained<Net, T>();
  to_onnx(model, folder / (name + ".onnx"));
  detail::JsonWriter json;
  json.object([&] {
    json.key("type").value(sizeof(T) == sizeof(float) ? "float32" : "float64");
    json.key("width").value(static_cast<int>(Net::in_features));
    for (const int rows : {1, 7}) {
      const auto x = normal_batch<T>(static_cast<std::size_t>(rows), Net::in_features, 3);
      const auto y = predict(model, x);
      json.key("x" + std::to_string(rows)).value(std::vector<double>(x.begin(), x.end()));
      json.key("y" + std::to_string(rows)).value(std::vector<double>(y.begin(), y.end()));
    }
  });
  std::ofstream(folder / (name + ".json"), std::ios::binary) << json.text();
}

template <class Net>
void write(const std::filesystem::path& folder, const std::string& name) {
  write<Net, float>(folder, name + "_float");
  write<Net, double>(folder, name + "_double");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path to = argv[1];
  write<Linear<3, 2>>(to, "linear");
  write<Sequential<Linear<3, 4, false>, Linear<4, 1>>>(to, "linear_no_bias");
  write<Sequential<FeatureScaling<3>, Linear<3, 4>>>(to, "feature_scaling");
  write<Sequential<Linear<3, 8>, ReLU>>(to, "relu");
  write<Sequential<Linear<3, 8>, LeakyReLU<-0.3>>>(to, "leaky_relu");
  write<Sequential<Linear<3, 8>, Sigmoid>>(to, "sigmoid");
  write<Sequential<Linear<3, 8>, Tanh>>(to, "tanh");
  write<Sequential<Linear<3, 8>, GELU>>(to, "gelu");
  write<Sequential<Linear<3, 8>, SiLU>>(to, "silu");
  write<Sequential<Linear<3, 8>, Softplus>>(to, "softplus");
  write<Sequential<Linear<3, 8>, ELU<0.3>>>(to, "elu");
  write<Sequential<LayerNorm<3>, Linear<3, 8>, LayerNorm<8, 0.01>>>(to, "layer_norm");
  write<Sequential<Linear<3, 8>, Softmax>>(to, "softmax");
  write<Sequential<Dropout<0.5>, Linear<3, 8>, Identity>>(to, "identity");
  write<Sequential<Linear<3, 5>, BatchNorm1d<5>, ReLU, BatchNorm1d<5, biased, 0.5, 0.01>>>(to, "batch_norm");
  write<ResidualBlock<5.0, Linear<3, 3>, Tanh>>(to, "residual");
  write<Sequential<ResidualBlock<1.0, Linear<3, 3>>, ResidualBlock<0.0, Linear<3, 3>>>>(to, "residual_1_0");
  write<ProjectedResidualBlock<0.5, Linear<3, 4, false>, BatchNorm1d<3>, Linear<3, 4>, GELU>>(to, "projected");
  write<ReZeroBlock<Linear<3, 3>, SiLU>>(to, "rezero");
  write<HighwayBlock<Linear<3, 3>, Tanh>>(to, "highway");
  write<Sequential<Linear<3, 4>, Repeat<2, ReZeroBlock<HighwayBlock<Linear<4, 4>, ReLU>>, Dropout<0.1>>,
                   Sequential<BatchNorm1d<4>, ResidualBlock<0.5, ResidualBlock<2.0, GELU, Linear<4, 4>>>>, Linear<4, 2>,
                   Softmax>>(to, "nested");
  write<Sequential<Linear<3, 4>, Swish, OwnBlock<Linear<4, 4>, Dropout<0.5>>, Softsign, SquareGain<4>>>(to, "own");
}
