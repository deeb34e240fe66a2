// SPDX-License-Identifier: MIT
// What is and what isn't a layer, an activation, a network, a loss, a rule, a policy, an initialiser, a source, a
// callback.
#include "../support/layers_of_a_user.hpp"
#include "evomlp/evomlp.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

using namespace evomlp;

namespace {

struct Empty {};

// ---- Elementwise
// -----------------------------------------------------------------------------------------------------
struct ValueOnly {
  static auto value(auto z) { return z; }
};
struct SlopeOnly {
  static auto slope(auto) { return 1; }
};
struct ValueOfScalars {
  static float value(float z) { return z; }
  static float slope(float) { return 1; }
};
static_assert(Elementwise<ReLU> && Elementwise<LeakyReLU<>> && Elementwise<GELU> && Elementwise<SiLU> &&
              Elementwise<Identity>);
static_assert(Elementwise<evomlp_test::Swish>);     // value and slope
static_assert(Elementwise<evomlp_test::Softsign>);  // value and slope_from_value
static_assert(!Elementwise<ValueOnly>);             // nothing to train through
static_assert(!Elementwise<SlopeOnly>);             // no value
static_assert(!Elementwise<ValueOfScalars>);        // takes a float, so it can't be vectorised
static_assert(!Elementwise<Empty>);                 // neither
static_assert(!Elementwise<Softmax>);               // looks at a whole row
static_assert(!Elementwise<Dropout<0.5>>);          // random, and keeps a mask

// ---- Layer
// -----------------------------------------------------------------------------------------------------------
struct PredictOnly {
  static void predict(auto, auto, auto) {}
};
struct BackwardOnly {
  static void backward(auto, auto, auto, auto, auto, auto) {}
};
struct WrongArity {
  static void predict(auto, auto) {}
  static void backward(auto, auto, auto, auto, auto, auto) {}
};
static_assert(Layer<Linear<2, 3>> && Layer<Linear<2, 3, false>> && Layer<BatchNorm1d<3>> && Layer<Dropout<0.5>> &&
              Layer<Softmax>);
static_assert(Layer<ReLU>);                                                        // an activation is a layer
static_assert(Layer<Sequential<Linear<2, 3>>> && Layer<Repeat<2, Linear<3, 3>>>);  // a list is a layer
static_assert(Layer<ResidualBlock<1, Linear<3, 3>>> && Layer<ReZeroBlock<Linear<3, 3>>> &&
              Layer<HighwayBlock<Linear<3, 3>>>);
static_assert(Layer<ProjectedResidualBlock<1, Linear<2, 3>, Linear<2, 3>>>);
static_assert(Layer<evomlp_test::AddRowMean> && Layer<evomlp_test::SquareGain<3>>);  // a user's
static_assert(!Layer<Empty>);                                                        // nothing
static_assert(!Layer<PredictOnly>);                                                  // no backward
static_assert(!Layer<BackwardOnly>);                                                 // no predict
static_assert(!Layer<WrongArity>);                                                   // predict without y
static_assert(!Layer<ValueOnly>);                                                    // an activation without a slope
static_assert(!Layer<int>);                                                          // no class

// ---- Network
// ---------------------------------------------------------------------------------------------------------
static_assert(Network<Sequential<Linear<2, 3>, ReLU>>);
static_assert(Network<Linear<2, 3>>);  // a single layer will do
static_assert(Network<Repeat<2, Linear<3, 3>>>);
static_assert(!Network<ReLU>);              // no widths
static_assert(!Network<Dropout<0.5>>);      // no widths
static_assert(!Network<Sequential<ReLU>>);  // a list in which nobody says a width
static_assert(!Network<Empty>);             // no layer

// ---- Loss
// ------------------------------------------------------------------------------------------------------------
struct Huber {
  static auto value(auto y, auto t) { return abs(y - t); }
  static auto slope(auto y, auto t) { return y - t; }
};
struct WholeBatch {
  double operator()(auto, auto, auto) const { return 0; }
};
struct LossWithoutSlope {
  static auto value(auto y, auto) { return y; }
};
struct LossWithoutTarget {
  double operator()(auto, auto) const { return 0; }
};
struct NotConst {
  double operator()(auto, auto, auto) { return 0; }
};
static_assert(ElementwiseLoss<MSELoss> && ElementwiseLoss<BCEWithLogitsLoss> && ElementwiseLoss<Huber>);
static_assert(!ElementwiseLoss<CrossEntropyLoss>);  // looks at a row of logits
static_assert(!ElementwiseLoss<LossWithoutSlope>);  // nothing to train through
static_assert(Loss<MSELoss> && Loss<BCEWithLogitsLoss> && Loss<CrossEntropyLoss> && Loss<Huber> && Loss<WholeBatch>);
static_assert(!Loss<LossWithoutSlope>);
static_assert(!Loss<LossWithoutTarget>);  // takes (y, target) and no dy
static_assert(!Loss<NotConst>);           // fit takes the loss as const
static_assert(!Loss<Empty> && !Loss<ReLU> && !Loss<Adam>);

// ---- Rules and policies
// ----------------------------------------------------------------------------------------------
struct SignSGD {
  double lr = 1e-3;
  static constexpr std::size_t state = 0;
  auto at(Step) const {
    return [lr = lr](auto g, auto) { return select(g > 0, lr, select(g < 0, -lr, 0)); };
  }
};
struct RuleWithoutRate {
  [[maybe_unused]] static constexpr std::size_t state = 0;
  auto at(Step) const {
    return [](auto g, auto) { return g; };
  }
};
struct RuleWithoutState {
  double lr = 1e-3;
  auto at(Step) const {
    return [](auto g, auto) { return g; };
  }
};
static_assert(UpdateRule<SGD> && UpdateRule<Momentum> && UpdateRule<Adam> && UpdateRule<AdamW> && UpdateRule<SignSGD>);
static_assert(!UpdateRule<RuleWithoutRate>);   // schedulers need lr
static_assert(!UpdateRule<RuleWithoutState>);  // nobody knows how many numbers to keep
static_assert(!UpdateRule<ClipGradValue>);     // a policy before a rule
static_assert(!UpdateRule<Empty>);

static_assert(GradientTransform<ClipGradValue> && GradientTransform<ClipGradNorm> && GradientTransform<L1> &&
              GradientTransform<L2>);
static_assert(!GradientTransform<Adam>);             // the rule itself
static_assert(!GradientTransform<ClipUpdateValue>);  // works on what the rule gave
static_assert(!GradientTransform<ProximalL1>);       // works on the weight
static_assert(!GradientTransform<Empty>);
static_assert(UpdateTransform<ClipUpdateValue> && !UpdateTransform<ClipGradValue>);
static_assert(WeightTransform<ProximalL1> && !WeightTransform<L1>);

// ---- Initializer
// -----------------------------------------------------------------------------------------------------
struct Ones {
  template <class T>
  void operator()(const ParameterInfo& parameter, const InitContext&, std::span<T> values) const {
    for (T& value : values) value = parameter.rank == 2 ? T(1) : T(0);
  }
};
struct FloatsOnly {
  void operator()(const ParameterInfo&, const InitContext&, std::span<float>) const {}
};
static_assert(Initializer<Ones> && Initializer<decltype(init::he_normal())> &&
              Initializer<decltype(init::normal(0, 1))>);
static_assert(Initializer<decltype(init::zeros())> && Initializer<decltype(init::residual_scaled(0.1))>);
static_assert(!Initializer<FloatsOnly>);  // a Model of double needs it too
static_assert(!Initializer<Empty>);
static_assert(!Initializer<double>);  // a number says nothing of how

// ---- DataSource
// ------------------------------------------------------------------------------------------------------
struct Noise {
  using value_type = float;
  using target_type = float;
  std::size_t size() const { return 100; }
  std::size_t features() const { return 2; }
  std::size_t outputs() const { return 1; }
  void gather(std::span<const std::size_t>, float*, float*) const {}
};
struct WithoutGather {
  using value_type = float;
  using target_type = float;
  std::size_t size() const { return 100; }
  std::size_t features() const { return 2; }
  std::size_t outputs() const { return 1; }
};
struct WithoutTypes {
  std::size_t size() const { return 100; }
  std::size_t features() const { return 2; }
  std::size_t outputs() const { return 1; }
  void gather(std::span<const std::size_t>, float*, float*) const {}
};
static_assert(DataSource<Dataset<float>> && DataSource<Dataset<double>> && DataSource<Dataset<float, Labels>> &&
              DataSource<Noise>);
static_assert(!DataSource<WithoutGather>);  // nothing can be read
static_assert(!DataSource<WithoutTypes>);   // nobody knows which numbers it holds
static_assert(!DataSource<Tensor<float>>);  // x without y
static_assert(!DataSource<Empty>);

// ---- Callback
// --------------------------------------------------------------------------------------------------------
struct OnStep {
  void on_step(const StepReport&) {}
};
struct OnEpoch {
  void on_epoch(const EpochReport&) {}
};
struct OnBatch {
  void on_batch(const StepReport&) {}
};
struct WithoutReport {
  void on_epoch() {}
};
static_assert(Callback<OnStep> && Callback<OnEpoch> && Callback<ProgressBar>);
static_assert(!Callback<OnBatch>);        // no such event
static_assert(!Callback<WithoutReport>);  // doesn't take the report
static_assert(!Callback<Empty>);

}  // namespace
