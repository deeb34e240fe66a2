// SPDX-License-Identifier: MIT
// Speed of light: only the products of a step in OpenBLAS and one pass of Adam; no bias, activation, loss or
// BatchNorm. What trains through this BLAS can't be much faster. What has better kernels for small products can.
#include "../workloads.hpp"

#include <cblas.h>

#include <cmath>

extern "C" char* openblas_get_config(void);

namespace {

void adam(std::vector<float>& parameters, std::vector<float>& mean, std::vector<float>& square,
          const std::vector<float>& gradient) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const float g = gradient[i];
    mean[i] = 0.9f * mean[i] + 0.1f * g;
    square[i] = 0.999f * square[i] + 0.001f * g * g;
    parameters[i] -= 1e-9f * mean[i] / (std::sqrt(square[i]) + 1e-8f);  // hardly moving: nothing overflows
  }
}

class Net {
 public:
  explicit Net(const bench::Workload& workload)
      : workload_(workload),
        parameters_(workload.parameters()),
        gradient_(parameters_.size(), 1e-3f),  // that of the biases stays so
        mean_(parameters_.size()),
        square_(parameters_.size()) {
    std::size_t offset = 0;
    for (int i = 0; i < workload.layers(); ++i) {
      offsets_.push_back(offset);
      const auto weights = static_cast<std::size_t>(workload.in(i)) * workload.out(i);
      for (std::size_t k = 0; k < weights; ++k)  // numbers keep their size from layer to layer: no denormals
        parameters_[offset + k] = std::sin(static_cast<float>(k)) * std::sqrt(2.0f / workload.in(i));
      offset += weights;
      outputs_.emplace_back(static_cast<std::size_t>(workload.batch) * workload.out(i));
      slopes_.emplace_back(outputs_.back().size(), 0.1f);
    }
  }

  void forward(const float* x, int rows) {
    for (int i = 0; i < workload_.layers(); ++i) {
      const int in = workload_.in(i), out = workload_.out(i);
      const float* weights = parameters_.data() + offsets_[i];
      if (rows == 1)
        cblas_sgemv(CblasRowMajor, CblasTrans, in, out, 1, weights, out, input(x, i), 1, 0, outputs_[i].data(), 1);
      else
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, out, in, 1, input(x, i), in, weights, out, 0,
                    outputs_[i].data(), out);
    }
  }

  void step(const float* x) {
    const int rows = workload_.batch;
    forward(x, rows);
    for (int i = workload_.layers(); i-- > 0;) {
      const int in = workload_.in(i), out = workload_.out(i);
      cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, in, out, rows, 1, input(x, i), in, slopes_[i].data(), out, 0,
                  gradient_.data() + offsets_[i], out);
      if (i > 0)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, in, out, 1, slopes_[i].data(), out,
                    parameters_.data() + offsets_[i], out, 0, slopes_[i - 1].data(), in);
    }
    adam(parameters_, mean_, square_, gradient_);
  }

 private:
  const float* input(const float* x, int i) const { return i == 0 ? x : outputs_[i - 1].data(); }

  const bench::Workload& workload_;
  std::vector<float> parameters_, gradient_, mean_, square_;
  std::vector<std::size_t> offsets_;
  std::vector<std::vector<float>> outputs_, slopes_;
};

}  // namespace

int main(int argc, char** argv) {
  const bench::Contender contender("sol", openblas_get_config(), argc, argv);
  const bench::Data data(contender.workload());
  Net net(contender.workload());
  if (contender.workload().training)
    bench::time_steps(contender, [&](std::size_t i) { net.step(data.samples_of(i)); });
  else
    bench::time_predictions(
        contender, [&](std::size_t i) { net.forward(data.sample(i), 1); },
        [&](std::size_t i) { net.forward(data.samples_of(i), contender.workload().batch); });
}
