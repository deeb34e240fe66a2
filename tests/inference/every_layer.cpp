// SPDX-License-Identifier: MIT
// Every layer by inference.hpp alone: compiled without exceptions and run-time types, and looked at by check_symbols.cmake.
#include <evomlp/inference.hpp>

#include <cstdint>
#include <span>

using namespace evomlp;

using Net = Sequential<FeatureScaling<4>, Linear<4, 32>, BatchNorm1d<32>, ReLU, Dropout<0.1>,
                       Repeat<2, ResidualBlock<0.5, Linear<32, 32>, Tanh>>, HighwayBlock<Linear<32, 32>, GELU>,
                       ReZeroBlock<Linear<32, 32>, SiLU>,
                       ProjectedResidualBlock<1.0, Linear<32, 8>, Linear<32, 8>, LeakyReLU<0.1>>, Sigmoid, Identity,
                       LayerNorm<8>, ELU<>, Softplus, Linear<8, 3>, Softmax>;

template <class T>
std::int32_t run(const T* parameters, const T* buffers, const T* x, T* y) {
  const ModelView<Net, T> model{parameters, buffers};
  const std::span<const T, 4> in(x, 4);
  predict(model, in, std::span<T, 3>(y, 3));
  predict_proba(model, in, std::span<T, 3>(y, 3));
  return predict_class(model, in);
}

template std::int32_t run(const float*, const float*, const float*, float*);
template std::int32_t run(const double*, const double*, const double*, double*);
