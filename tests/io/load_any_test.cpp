// SPDX-License-Identifier: MIT
#include "evomlp/io/load_any.hpp"

#include "evomlp/data/standard_scaler.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/layers/tanh.hpp"
#include "support/batch.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

using namespace evomlp;
using evomlp_test::message_of;

namespace {

using Wide = Sequential<Linear<3, 8>, ReLU, Linear<8, 2>>;
using WideTanh = Sequential<Linear<3, 8>, Tanh, Linear<8, 2>>;  // the same keys and shapes
using Deep = Sequential<Linear<3, 4>, ReLU, Linear<4, 4>, ReLU, Linear<4, 1>>;

// As other programs write it: without our metadata.
template <class Net, class T = float>
std::vector<std::byte> foreign(const Model<Net, T>& model, bool more = false) {
  TensorFileWriter writer;
  writer.metadata("format", "pt");
  write_model(writer, model);
  if (more) writer.add("more", Dtype::u8, std::array<std::size_t, 1>{0}, [](auto&) {});
  return writer.finish();
}

}  // namespace

TEST_CASE("load_any finds the network that the file names") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  const auto check = [&](const auto& model, std::size_t index) {
    save(model, path);
    const AnyModel<Wide, WideTanh, Deep> any = load_any<Wide, WideTanh, Deep>(path);
    CHECK(any.index() == index);
    CHECK(any == AnyModel<Wide, WideTanh, Deep>(model));
  };
  check(Model<Wide>(init::he_normal(), 1), 0);
  check(Model<WideTanh>(init::he_normal(), 2), 1);
  check(Model<Deep>(init::he_normal(), 3), 2);
}

TEST_CASE("A file without a signature is of the one network that it fits") {
  const Model<Deep> deep(init::he_normal(), 3);
  const auto any = load_any<Wide, Deep>(foreign(deep));
  CHECK(any == AnyModel<Wide, Deep>(deep));

  const std::string file = "load_any: file in memory: is of ";
  const std::string wide = "\n  " + signature<Wide>() + ": ", tanh = "\n  " + signature<WideTanh>() + ": ";
  CHECK(message_of<FileError>([&] { load_any<Wide, WideTanh>(foreign(Model<Wide>())); }) ==
        file + "more than one of the networks; it is of one that it doesn't name" + wide + "fits" + tanh + "fits");
  CHECK(message_of<FileError>([&] { load_any<Wide, WideTanh>(foreign(deep)); }) ==
        file + "none of the networks; it is of one that it doesn't name" + wide +
            "key \"0.weight\": got F32 [4, 3], expected F32 [8, 3]" + tanh +
            "key \"0.weight\": got F32 [4, 3], expected F32 [8, 3]");
}

TEST_CASE("A file that names another network is refused, though its keys fit") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  save(Model<Wide>(), path);
  CHECK(message_of<FileError>([&] { load_any<WideTanh>(path); }) ==
        path.string() + ": is of none of the networks; it is of \"" + signature<Wide>() + "\"\n  " +
            signature<WideTanh>() + ": is another one");
  CHECK(message_of<FileError>([&] { load_any<Wide>(folder.path() / "none"); }) ==
        (folder.path() / "none").string() + ": no such file");
}

TEST_CASE("load_any takes load's options, scalars and named things") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  const Model<Deep, double> deep(init::he_normal(), 3);
  StandardScaler scaler, read;
  scaler.fit(evomlp_test::normal_batch<float>(9, 3, 1));
  save(deep, path, named("scaler", scaler));
  CHECK(load_any<double, Wide, Deep>(path, {}, named("scaler", read)) == AnyModelOf<double, Wide, Deep>(deep));
  CHECK(read.features() == 3);
  CHECK_THROWS_AS((load_any<Wide, Deep>(path, {}, named("scaler", read))), FileError);
  CHECK(load_any<Wide, Deep>(path, {.convert = true}, named("scaler", read)).index() == 1);
  CHECK(message_of<FileError>([&] { load_any<double, Wide, Deep>(path); }) == message_of<FileError>([&] {
          auto model = deep;
          load(model, path);
        }));  // what to ask for by name
  CHECK(load_any<double, Wide, Deep>(path, {.strict = false}).index() == 1);

  const auto more = foreign(Model<Deep>(), true);
  CHECK(message_of<FileError>([&] { load_any<Deep>(more); }).ends_with(": unexpected \"more\""));
  CHECK(load_any<Deep>(more, {.strict = false}).index() == 0);

  // Parts alone, of a network that the file names or doesn't.
  const auto part = [](bool named) {
    TensorFileWriter writer;
    if (named) writer.metadata("evomlp.signature", signature<Deep>());
    writer.add("0.bias", Dtype::f32, std::array<std::size_t, 1>{4},
               [](auto& bytes) { bytes.resize(bytes.size() + 16); });
    return writer.finish();
  };
  CHECK(load_any<Wide, Deep>(part(true), {.strict = false}).index() == 1);
  CHECK(
      evomlp_test::contains(message_of<FileError>([&] { load_any<Wide, Deep>(part(true)); }), "missing \"0.weight\""));
  CHECK_THROWS_AS((load_any<Wide, Deep>(part(false), {.strict = false})), FileError);
}
