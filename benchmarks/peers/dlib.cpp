// SPDX-License-Identifier: MIT
// dlib: its compile-time networks, compute_parameter_gradients and update_parameters with its Adam, without decay.
#include "../workloads.hpp"

#include <dlib/dnn.h>

#include <type_traits>

namespace {

using Sample = dlib::matrix<float>;
using Input = dlib::input<Sample>;
template <int n, class Before>
using Hidden = dlib::relu<dlib::fc<n, Before>>;
template <int n, class Before>
using Normed = dlib::bn_fc<Hidden<n, Before>>;
template <class Before>
using Residual = dlib::add_prev1<dlib::multiply<Hidden<32, dlib::tag1<Before>>>>;
template <template <class> class Layer, class Before>
using Eight = Layer<Layer<Layer<Layer<Layer<Layer<Layer<Layer<Before>>>>>>>>;
template <class Before>
using Hidden32 = Hidden<32, Before>;

using W1 = dlib::loss_binary_log<dlib::fc<1, Eight<Residual, dlib::fc<32, Input>>>>;
using W1p = dlib::loss_binary_log<dlib::fc<1, Eight<Hidden32, Input>>>;
using W2 = dlib::loss_multiclass_log<dlib::fc<10, Hidden<16, Hidden<32, Hidden<64, Hidden<128, Input>>>>>>;
template <class Before>
using Wide = Normed<512, Normed<512, Normed<2048, Normed<1024, Normed<1024, Normed<784, Before>>>>>>;
template <class Before>
using Middle = Normed<128, Normed<128, Normed<128, Normed<256, Normed<256, Before>>>>>;
template <class Before>
using Narrow = Normed<32, Normed<32, Normed<32, Normed<64, Normed<64, Normed<64, Before>>>>>>;
template <class Before>
using Last = Normed<12, Normed<16, Normed<16, Normed<16, Before>>>>;
using W3 = dlib::loss_multiclass_log<dlib::fc<10, Last<Narrow<Middle<Wide<Input>>>>>>;
using W4 = dlib::loss_multiclass_log<dlib::fc<10, Hidden<2048, Hidden<2048, Input>>>>;

template <class Net>
void run(const bench::Contender& contender) {
  using Label = typename Net::training_label_type;
  const bench::Workload& workload = contender.workload();
  const auto features = static_cast<long>(workload.features());
  std::vector<Sample> x;
  std::vector<Label> y;
  {
    const bench::Data data(workload);
    for (std::size_t i = 0; i < data.labels.size(); ++i) {
      x.emplace_back(dlib::mat(data.sample(i), features, 1));
      y.push_back(std::is_same_v<Label, float> ? Label(2 * data.labels[i] - 1) : Label(data.labels[i]));
    }
  }
  const auto batch_of = [&](auto& all, std::size_t i) { return all.begin() + static_cast<long>(i) * workload.batch; };

  Net net;
  dlib::visit_computational_layers(net, [](auto& layer) {
    if constexpr (std::is_same_v<std::decay_t<decltype(layer)>, dlib::multiply_>) layer = dlib::multiply_(5);
  });
  net(x.front());  // sets the parameters up
  contender.require_parameters(dlib::count_parameters(net));

  if (workload.training) {
    std::vector<dlib::adam> solvers(Net::num_computational_layers, dlib::adam(0, 0.9f, 0.999f));
    dlib::resizable_tensor batch;
    bench::time_steps(contender, [&](std::size_t i) {
      net.to_tensor(batch_of(x, i), batch_of(x, i + 1), batch);
      net.compute_parameter_gradients(batch, batch_of(y, i));
      net.update_parameters(solvers, 1e-3);
    });
  } else {
    std::vector<std::vector<Sample>> batches;
    for (int i = 0; i < workload.batches(); ++i) batches.emplace_back(batch_of(x, i), batch_of(x, i + 1));
    bench::time_predictions(
        contender, [&](std::size_t i) { net(x[i]); }, [&](std::size_t i) { net(batches[i], batches[i].size()); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Contender contender("dlib", PEER_VERSION, argc, argv);
  const std::string& name = contender.workload().name;
  if (name == "W1" || name == "W5r") run<W1>(contender);
  if (name == "W1p" || name == "W5p") run<W1p>(contender);
  if (name == "W2" || name == "W5") run<W2>(contender);
  if (name == "W3") run<W3>(contender);
  if (name == "W4") run<W4>(contender);
}
