// SPDX-License-Identifier: MIT
#include "evomlp/io/model_npz.hpp"

#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/residual_block.hpp"
#include "evomlp/layers/sequential.hpp"
#include "support/bytes.hpp"
#include "support/draw.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace evomlp;
using evomlp_test::message_of;

namespace {

using Net = Sequential<Linear<3, 2>, ResidualBlock<0.5, BatchNorm1d<2>>>;
using Keys = std::vector<std::string>;

template <class T>
Model<Net, T> trained() {
  Model<Net, T> model;
  evomlp_test::Draw draw(1);
  draw.fill_normal(model.parameters());
  draw.fill_normal(model.buffers());
  return model;
}

/// An .npy file of one dimension or none, from its parts.
std::vector<std::byte> npy(const std::string& descr, const std::string& shape, std::string_view elements,
                           bool fortran = false) {
  std::string text = "\x93NUMPY\x01" + std::string(1, '\0');
  const std::string header =
      "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + "}\n";
  text += static_cast<char>(header.size());
  text += '\0';
  return evomlp_test::bytes(text + header + std::string(elements));
}

}  // namespace

TEST_CASE_TEMPLATE("load_npz after save_npz gives the same bits", T, float, double) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.npz";
  auto model = trained<T>();
  model.parameters()[0] = std::numeric_limits<T>::infinity();
  for (const bool compress : {true, false}) {
    save_npz(model, path, {.compress = compress});
    Model<Net, T> loaded;
    const LoadResult result = load_npz(loaded, path);
    CHECK(result.missing.empty());
    CHECK(result.unexpected.empty());
    CHECK(loaded == model);
  }
}

TEST_CASE("The arrays have PyTorch's keys and orientation") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.npz";
  Model<Net> model;
  for (std::size_t i = 0; i < 6; ++i) model.parameters()[i] = static_cast<float>(i);  // [in, out]
  save_npz(model, path);
  const NpyArrays arrays = load_npz(path);
  Keys keys;
  for (const auto& [key, array] : arrays) keys.push_back(key);
  CHECK(keys == Keys{"0.bias", "0.weight", "1.body.0.bias", "1.body.0.running_mean", "1.body.0.running_var",
                     "1.body.0.weight"});
  CHECK(arrays.at("0.weight").shape() == std::vector<std::size_t>{2, 3});
  CHECK(arrays.at("0.weight").tensor<float>()(0, 2) == 4);
  CHECK(arrays.at("0.bias").shape() == std::vector<std::size_t>{2});
}

TEST_CASE("Options and errors are load's") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.npz";
  const auto model = trained<double>();
  save_npz(model, path);
  Model<Net> single;
  const std::string text = message_of<FileError>([&] { load_npz(single, path); });
  CHECK(text.find(path.string() + ": does not fit the model (3 -> 2, 12 parameters in 2 layers):") == 0);
  CHECK(evomlp_test::contains(text, "\n  key \"0.weight\": got F64 [2, 3], expected F32 [2, 3] (or .convert = true)"));
  CHECK(single == Model<Net>());
  load_npz(single, path, {.convert = true});
  CHECK(static_cast<double>(single.parameters()[1]) == doctest::Approx(model.parameters()[1]));

  Model<Sequential<Linear<3, 2>>, double> part;
  CHECK(load_npz(part, read_file(path), {.strict = false}).unexpected.size() == 4);
  CHECK(message_of<FileError>([&] {
          load_npz(part, read_file(path));
        }).find("load_npz: file in memory: does not fit") == 0);
  CHECK_THROWS_AS(load_npz(part, path, {}, 100), FileError);
}

TEST_CASE("Byte order, the order of dimensions and single numbers are NumPy's own business") {
  using Small = Sequential<Linear<2, 2, false>, BatchNorm1d<2>>;
  const std::string name = "memory";
  const auto archive = [&](const std::string& more) {
    detail::ZipWriter zip(name);
    // [[1, 2], [3, 4]], column by column
    zip.add("0.weight.npy",
            npy(">f4", "(2, 2)", std::string_view("\x3f\x80\0\0\x40\x40\0\0\x40\0\0\0\x40\x80\0\0", 16), true), false);
    for (const char* key : {"weight", "bias", "running_mean", "running_var"})
      zip.add("1." + std::string(key) + ".npy", npy("<f4", "(2,)", std::string(8, '\0')), false);
    zip.add(more, npy("<i8", "()", std::string(8, '\1')), true);
    return zip.finish();
  };
  Model<Small> model;
  load_npz(model, archive("1.num_batches_tracked.npy"));
  CHECK(std::vector<float>(model.parameters().begin(), model.parameters().begin() + 4) ==
        std::vector<float>{1, 3, 2, 4});

  const auto refused = [&](const std::string& member) {
    return message_of<FileError>([&] { load_npz(model, archive(member)); });
  };
  const std::string member = "load_npz: file in memory: member ";
  CHECK(evomlp_test::contains(refused("0.num_batches_tracked.npy"), "\n  unexpected \"0.num_batches_tracked\""));
  CHECK(refused("notes.txt") == member + "\"notes.txt\" is no .npy file");
  CHECK(refused("__metadata__.npy") == member + "\"__metadata__.npy\" has a name that no parameter can have");
  CHECK(refused("\xFF.npy") == member + "\"\xFF.npy\" has a name that no parameter can have");
}
