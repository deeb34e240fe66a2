// SPDX-License-Identifier: MIT
// Speed of light: only the products of a step in OpenBLAS and one pass of Adam; no bias, activation, loss or
// BatchNorm. What trains through this BLAS can't be much faster. What has better kernels for small products can.
#include "../workloads.hpp"

#include <cblas.h>

#include <cmath>

extern "C" char* openblas_get_config(void);

namespace {

struct Layer {
  int in, out;
  std::vector<float> parameters, gradient, mean, square;  // weights first; the gradient of the others stays as it is
  std::vector<float> y, dy;

  Layer(const bench::Workload& workload, int layer)
      : in(workload.in(layer)),
        out(workload.out(layer)),
        parameters(workload.parameters(layer)),
        gradient(parameters.size(), 1e-3f),
        mean(parameters.size()),
        square(parameters.size()),
        y(static_cast<std::size_t>(workload.batch * out)),
        dy(y.size(), 0.1f) {
    const float size = std::sqrt(2.0f / static_cast<float>(in));  // what passes keeps its size: no denormals
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] = size * std::sin(static_cast<float>(i));
  }

  void adam() {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const float g = gradient[i];
      mean[i] = 0.9f * mean[i] + 0.1f * g;
      square[i] = 0.999f * square[i] + 0.001f * g * g;
      parameters[i] -= 1e-9f * mean[i] / (std::sqrt(square[i]) + 1e-8f);  // hardly moving: nothing overflows
    }
  }
};

class Net {
 public:
  explicit Net(const bench::Workload& workload) : batch_(workload.batch) {
    for (int i = 0; i < workload.layers(); ++i) layers_.emplace_back(workload, i);
  }

  std::size_t parameters() const {
    std::size_t sum = 0;
    for (const Layer& layer : layers_) sum += layer.parameters.size();
    return sum;
  }

  void predict_one(const float* x) {
    for (Layer& l : layers_) {
      cblas_sgemv(CblasRowMajor, CblasTrans, l.in, l.out, 1, l.parameters.data(), l.out, x, 1, 0, l.y.data(), 1);
      x = l.y.data();
    }
  }

  void predict(const float* x) {
    for (Layer& l : layers_) {
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch_, l.out, l.in, 1, x, l.in, l.parameters.data(),
                  l.out, 0, l.y.data(), l.out);
      x = l.y.data();
    }
  }

  void step(const float* x) {
    predict(x);
    for (std::size_t i = layers_.size(); i-- > 0;) {
      Layer& l = layers_[i];
      cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, l.in, l.out, batch_, 1, i > 0 ? layers_[i - 1].y.data() : x,
                  l.in, l.dy.data(), l.out, 0, l.gradient.data(), l.out);
      if (i > 0)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch_, l.in, l.out, 1, l.dy.data(), l.out,
                    l.parameters.data(), l.out, 0, layers_[i - 1].dy.data(), l.in);
    }
    for (Layer& layer : layers_) layer.adam();
  }

 private:
  int batch_;
  std::vector<Layer> layers_;
};

}  // namespace

int main(int argc, char** argv) {
  const bench::Contender contender("sol", openblas_get_config(), argc, argv);
  const bench::Data data(contender.workload());
  Net net(contender.workload());
  contender.require_parameters(net.parameters());
  if (contender.workload().training)
    bench::time_steps(contender, [&](std::size_t i) { net.step(data.samples_of(i)); });
  else
    bench::time_predictions(
        contender, [&](std::size_t i) { net.predict_one(data.sample(i)); },
        [&](std::size_t i) { net.predict(data.samples_of(i)); });
}
