// SPDX-License-Identifier: MIT
// For trade_models.py, which does the same in PyTorch and NumPy. FOLDER has images and labels in IDX format.
//   trade_models write FOLDER   trains a little, writes <scalar>.safetensors, <scalar>.npz and <scalar>_y.npy (predictions)
//   trade_models check FOLDER   reads torch_<scalar>.safetensors and .npz and predicts what torch_<scalar>_y.npy holds
#include <evomlp/evomlp.hpp>
#include <evomlp/io/model_npz.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

using namespace evomlp;
namespace fs = std::filesystem;

namespace {

using Net =
    Sequential<Linear<784, 24>, BatchNorm1d<24>, ReLU,
               Repeat<2, ResidualBlock<0.5, Linear<24, 24>, BatchNorm1d<24>, GELU>>, ReZeroBlock<Linear<24, 24>, Tanh>,
               HighwayBlock<Linear<24, 24>, SiLU>, LayerNorm<24>, ELU<>,
               ProjectedResidualBlock<2.0, Linear<24, 16, false>, Linear<24, 16>, LeakyReLU<0.2>>, Linear<16, 10>>;

template <class T>
Dataset<T, Labels> images(const fs::path& folder) {
  return load_idx<T>(folder / "images", folder / "labels");
}

template <class T>
void write(const Model<Net, T>& model, const fs::path& folder, const std::string& name) {
  save(model, folder / (name + ".safetensors"));
  save_npz(model, folder / (name + ".npz"));
  save_npy(folder / (name + "_y.npy"), predict(model, images<T>(folder).x));
}

Model<Net, double> trained(const fs::path& folder) {
  const auto data = images<double>(folder);
  Model<Net, double> model(init::he_normal(), 1);
  State state(model, Adam{.lr = 1e-3}, {.max_batch = 50});
  std::vector<std::size_t> rows(50);
  for (std::size_t first = 0; first < 2000; first += rows.size()) {
    std::iota(rows.begin(), rows.end(), first);
    const auto batch = take_rows(data, rows);
    train_step(model, state, CrossEntropyLoss{}, batch.x, batch.y);
  }
  return model;
}

/// True if the predictions are those of PyTorch to `tolerance`, relative to the largest logit, and name the same classes
/// where the two largest logits are farther apart than that.
template <class T>
bool check(const fs::path& folder, const std::string& name, double tolerance) {
  const auto data = images<T>(folder);
  const auto expected = load_npy<T>(folder / ("torch_" + name + "_y.npy"));
  Model<Net, T> model, from_npz;
  load(model, folder / ("torch_" + name + ".safetensors"));
  load_npz(from_npz, folder / ("torch_" + name + ".npz"));
  const auto y = predict(model, data.x);
  double largest = 0, worst = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    largest = (std::max)(largest, std::abs(static_cast<double>(expected.data()[i])));
    worst = (std::max)(worst, std::abs(static_cast<double>(y.data()[i] - expected.data()[i])));
  }
  std::size_t same = 0, near = 0;
  for (std::size_t row = 0; row < y.shape()[0]; ++row) {
    const T* const ours = y.data() + 10 * row;
    std::vector<T> theirs(expected.data() + 10 * row, expected.data() + 10 * (row + 1));
    const auto best = std::max_element(theirs.begin(), theirs.end()) - theirs.begin();
    if (std::max_element(ours, ours + 10) - ours == best) ++same;
    std::sort(theirs.begin(), theirs.end());
    if (static_cast<double>(theirs[9] - theirs[8]) <= tolerance * largest) ++near;
  }
  std::printf("PyTorch's %s model here: differs by %.1e of the largest logit, %zu of %zu classes the same\n",
              name.c_str(), worst / largest, same, y.shape()[0]);
  return worst <= tolerance * largest && same + near >= y.shape()[0] && from_npz == model;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) return 2;
  const fs::path folder = argv[2];
  if (argv[1] == std::string("write")) {
    write(trained(folder), folder, "double");
    Model<Net> single;
    load(single, folder / "double.safetensors", {.convert = true});
    write(single, folder, "float");
    return 0;
  }
  const bool single = check<float>(folder, "float", 2e-5), wide = check<double>(folder, "double", 1e-12);
  return single && wide ? 0 : 1;
} catch (const Error& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
