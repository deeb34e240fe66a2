#include <evomlp/evomlp.hpp>
#include <cstdio>
using namespace evomlp;

using Block = ResidualBlock<5.0, Linear<32, 32>, ReLU>;            // y = x + 5 * F(x)
using Net   = Sequential<Linear<2, 32>, ReLU, Repeat<8, Block>, Linear<32, 1>>;
static_assert(Net::in_features == 2 && Net::out_features == 1 && Net::num_parameters == 8577);

int main() {
  const Dataset<float> circles   = make_circles({.n_samples = 1000, .noise = 0.1, .factor = 0.3, .seed = 7});
  const auto [rest, test]        = train_test_split(circles, {.test_size = 0.2, .seed = 7});
  const auto [train, validation] = train_test_split(rest, {.test_size = 0.2, .seed = 8});

  Model<Net> model(init::residual_scaled(), /*seed=*/42);          // float by default
  const History history =
      fit(model, train, BCEWithLogitsLoss{}, chain(ClipGradValue{1.0}, Adam{.lr = 1e-3}),
          {.epochs = 150, .batch_size = 32, .validation = &validation, .seed = 42, .progress = true});

  std::printf("test accuracy %.3f after %d epochs\n", evaluate(model, test, BCEWithLogitsLoss{}).accuracy, history.epochs());
  save(model, "circles.safetensors");
  xt::xtensor<float, 2> logits = predict(model, test.x);            // (n, 1)
}
