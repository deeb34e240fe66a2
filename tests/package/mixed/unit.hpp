// SPDX-License-Identifier: MIT
// What each of several translation units, compiled with different flags and macros, hands to the others.
#pragma once

#include <evomlp/evomlp.hpp>

#include <cstddef>
#include <string>
#include <typeinfo>
#include <vector>

using Net = evomlp::Sequential<evomlp::Linear<2, 16>, evomlp::BatchNorm1d<16>, evomlp::GELU, evomlp::Linear<16, 1>>;
using Model = evomlp::Model<Net>;
using Data = evomlp::Dataset<float>;

struct Unit {
  std::string name;
  std::vector<std::size_t> layout;  ///< sizes, alignments and offsets
  std::string types;                ///< what our names mean, as the compiler mangles it
  std::string kernels;              ///< what its kernels are told apart by
  Data (*data)();
  double (*train)(Model&, const Data&);  ///< the loss at last
  evomlp::Tensor<float> (*predict)(const Model&, const Data&);
};

namespace {

using Chain = decltype(evomlp::chain(evomlp::ClipGradNorm{1.0}, evomlp::Adam{}));
using State = evomlp::State<Net, float, Chain>;

template <class... Ts>
void describe(Unit& unit) {
  ((unit.layout.push_back(sizeof(Ts)), unit.layout.push_back(alignof(Ts)), unit.types += typeid(Ts).name()), ...);
}

template <class Whole, class Part>
std::size_t offset(const Whole& whole, const Part& part) {
  return static_cast<std::size_t>(reinterpret_cast<const char*>(&part) - reinterpret_cast<const char*>(&whole));
}

Data make_data() { return evomlp::make_circles({.n_samples = 60, .noise = 0.05, .factor = 0.3, .seed = 3}); }

double train(Model& model, const Data& data) {
  State state(model, evomlp::chain(evomlp::ClipGradNorm{1.0}, evomlp::Adam{.lr = 0.05}), {.max_batch = 64});
  double loss = 0;
  for (int step = 0; step < 60; ++step)
    loss = evomlp::train_step(model, state, evomlp::BCEWithLogitsLoss{}, data.x, data.y);
  return loss;
}

evomlp::Tensor<float> predictions(const Model& model, const Data& data) { return evomlp::predict(model, data.x); }

/// The one of this translation unit.
Unit make_unit(const char* name) {
  Unit unit{name, {}, {}, typeid(evomlp::isa::ThisTarget).name(), make_data, train, predictions};
  describe<Model, evomlp::Model<Net, double>, State, evomlp::Workspace<Net, float>, Data, Data::Weights,
           evomlp::Dataset<double, evomlp::Labels>, evomlp::Tensor<float>, evomlp::Tensor<double>, evomlp::Labels,
           evomlp::AlignedBuffer<float>, evomlp::History, evomlp::FitOptions, evomlp::Gradient<float>,
           evomlp::StandardScaler, evomlp::Table, evomlp::TensorFile, evomlp::Random>(unit);
  const Data data{};
  const evomlp::Gradient<float> gradient{};
  unit.layout.insert(unit.layout.end(),
                     {offset(data, data.y), offset(data, data.weights), offset(gradient, gradient.x)});
  return unit;
}

}  // namespace
