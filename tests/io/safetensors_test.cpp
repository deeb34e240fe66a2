// SPDX-License-Identifier: MIT
#include "evomlp/io/safetensors.hpp"

#include "evomlp/evomlp.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"
#include "support/trained.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

using namespace evomlp;
using namespace evomlp_test;

namespace {

using Bytes = std::vector<std::byte>;
using Keys = std::vector<std::string>;
using Shape = std::vector<std::size_t>;

// Every layer with parameters, and one of each kind without.
using Net = Sequential<Linear<3, 5>, BatchNorm1d<5>, ReLU, ReZeroBlock<HighwayBlock<Linear<5, 5>, Tanh>>, Dropout<0.5>,
                       ProjectedResidualBlock<0.5, Linear<5, 4, false>, Linear<5, 4>, BatchNorm1d<4>>,
                       Repeat<2, ResidualBlock<2.0, Linear<4, 4>, GELU>>, Linear<4, 2>>;
using Small = Sequential<Linear<3, 2>, BatchNorm1d<2>>;

struct Nameless {
  static auto value(auto z) { return z; }
  static auto slope_from_value(auto) { return 1; }
};

// Something to stand beside a model.
struct Scale {
  std::vector<double> mean, deviation;
  void remember(auto& memory) {
    memory("mean", mean);
    memory("deviation", deviation);
  }
  bool operator==(const Scale&) const = default;
};

// Takes only what is positive, unless told.
struct Choosy {
  float width = 1;
  bool any = false, own = false;
  void remember(auto& memory) {
    memory("width", width);
    if (own) throw FileError("of its own");
    memory.require(any || width > 0, "width", "positive");
  }
};

Bytes file_of(auto add) {
  TensorFileWriter writer;
  add(writer);
  return writer.finish();
}

void add_f32(TensorFileWriter& writer, std::string_view key, const Shape& shape, float value = 1) {
  std::size_t count = 1;
  for (const std::size_t size : shape) count *= size;
  writer.add(key, Dtype::f32, shape, [&](Bytes& to) {
    for (std::size_t i = 0; i < count; ++i) detail::append_little_endian(to, value);
  });
}

// The message of the error that `load` throws; "" if none. The model must then be as it was.
template <class M>
std::string error_of(M& model, const Bytes& bytes, LoadOptions options, const auto&... things) {
  const M before = model;
  try {
    load(model, bytes, options, things...);
  } catch (const FileError& error) {
    CHECK(model == before);
    return error.what();
  }
  return "";
}

const std::string in_memory = "load: file in memory: ";
const std::string small = "(3 -> 2, 12 parameters in 2 layers):";

}  // namespace

TEST_CASE_TEMPLATE("load after save gives the same bits, for every layer", T, float, double) {
  const TemporaryFolder folder;
  const auto model = trained_oddly<Net, T>();
  const auto path = folder.path() / "model.safetensors";
  save(model, path);
  Model<Net, T> loaded;
  const T* const place = loaded.parameters().data();
  const LoadResult result = load(loaded, path);
  CHECK(result.missing.empty());
  CHECK(result.unexpected.empty());
  CHECK(loaded.parameters().data() == place);
  CHECK(same_bits(loaded, model));

  Model<Net, T> from_memory;
  load(from_memory, read_file(path), {.strict = true});
  CHECK(same_bits(from_memory, model));
}

TEST_CASE("A loaded model predicts the same bits") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  auto model = trained<Net>();
  for (float& value : model.buffers()) value = value * value + 0.5f;  // variances
  save(model, path);
  Model<Net> loaded;
  load(loaded, path);
  auto x = make_matrix<float>(7, 3);
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i) / 8 - 1;
  const bool same = predict(loaded, x) == predict(model, x);
  CHECK(same);
}

TEST_CASE("The file has PyTorch's keys, shapes and orientation, and says what it is") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  Model<Small, double> model;
  for (std::size_t i = 0; i < 6; ++i) model.parameters()[i] = static_cast<double>(i);  // [in, out]
  save(model, path);
  const Bytes bytes = read_file(path);
  const TensorFile file(bytes, path.string());
  Keys keys;
  for (const TensorEntry& entry : file.entries()) keys.push_back(entry.key);
  CHECK(keys ==
        Keys{"0.bias", "0.weight", "1.bias", "1.num_batches_tracked", "1.running_mean", "1.running_var", "1.weight"});
  const TensorEntry& weight = *file.find("0.weight");
  CHECK(weight.dtype == Dtype::f64);
  CHECK(weight.shape == Shape{2, 3});
  std::vector<double> values;
  for (std::size_t i = 0; i < 6; ++i) values.push_back(detail::read_little_endian<double>(weight.bytes.data() + 8 * i));
  CHECK(values == std::vector<double>{0, 2, 4, 1, 3, 5});
  CHECK(file.find("1.num_batches_tracked")->dtype == Dtype::i64);
  CHECK(file.find("1.num_batches_tracked")->shape.empty());
  CHECK(file.metadata("format") == "pt");
  CHECK(file.metadata("evomlp") == EVOMLP_VERSION);
  CHECK(file.metadata("evomlp.network") == "3 -> 2, 12 parameters in 2 layers");
  CHECK(file.metadata("evomlp.signature") == "Sequential<Linear<3, 2, true>, BatchNorm1d<2, unbiased, 0.1, 1e-05>>");
}

TEST_CASE("Everything that doesn't fit is in one error, and the model is as it was") {
  auto model = trained<Small>();
  const Bytes bytes = file_of([](TensorFileWriter& writer) {
    add_f32(writer, "0.weight", {3, 2});  // transposed
    add_f32(writer, "1.weight", {2, 1});
    add_f32(writer, "1.running_mean", {});
    writer.add("1.bias", Dtype::f16, Shape{2}, [](Bytes& to) { to.resize(to.size() + 4); });
    add_f32(writer, "1.running_var", {2});
    add_f32(writer, "module.0.bias", {2});
  });
  CHECK(error_of(model, bytes, {}) ==
        in_memory + "does not fit the model " + small +
            "\n  key \"0.weight\": got F32 [3, 2], expected F32 [2, 3]"
            "\n  key \"1.weight\": got F32 [2, 1], expected F32 [2]"
            "\n  key \"1.bias\": got F16 [2], expected F32 [2]"
            "\n  key \"1.running_mean\": got F32 [], expected F32 [2]"
            "\n  missing \"0.bias\""
            "\n  unexpected \"module.0.bias\""
            "\n  (what was saved beside the model is asked for by name: load(model, path, "
            "named(\"scaler\", scaler)))");
  CHECK(error_of(model, bytes, {.strict = false, .convert = true}) ==
        in_memory + "does not fit the model " + small +
            "\n  key \"0.weight\": got F32 [3, 2], expected F32 [2, 3]"
            "\n  key \"1.weight\": got F32 [2, 1], expected F32 [2]"
            "\n  key \"1.bias\": got F16 [2], expected F32 [2]"
            "\n  key \"1.running_mean\": got F32 [], expected F32 [2]");
}

TEST_CASE("The error names the file, and its network where it is another") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "other.safetensors";
  save(Model<Sequential<Linear<2, 2>>>(), path);
  auto model = trained<Small>();
  std::string text;
  try {
    load(model, path, {.strict = false});
  } catch (const FileError& error) {
    text = error.what();
  }
  CHECK(text ==
        path.string() +
            ": does not fit the model (3 -> 2, 12 parameters in 2 layers; the file has 2 -> 2, 6 parameters in 1 "
            "layers):\n  key \"0.weight\": got F32 [2, 2], expected F32 [2, 3]");
  CHECK_THROWS_WITH_AS(load(model, folder.path() / "none"),
                       ((folder.path() / "none").string() + ": no such file").c_str(), FileError);
  CHECK_THROWS_AS(load(model, Bytes(5)), FileError);
}

TEST_CASE("Numbers that fit don't make another network of it") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "relu.safetensors";
  const auto relu = trained<Sequential<Linear<2, 3>, ReLU, Linear<3, 1>>>();
  save(relu, path);
  Model<Sequential<Linear<2, 3>, Tanh, Linear<3, 1>>> tanh;
  const auto before = tanh;
  const std::string name = path.string() + ": does not fit the model (2 -> 1, 13 parameters in 2 layers):\n  ";
  CHECK(message_of<FileError>([&] { load(tanh, path); }) ==
        name +
            "another network: got \"…ReLU, Linear<3, 1, true>>\", expected \"…Tanh, Linear<3, 1, true>>\" "
            "(or .strict = false)");
  CHECK(tanh == before);
  load(tanh, path, {.strict = false});
  CHECK(tanh.parameters()[0] == relu.parameters()[0]);

  Model<Sequential<Linear<2, 3>, ReLU, Linear<3, 1>, Dropout<0.5>>> longer;
  CHECK(message_of<FileError>([&] { load(longer, path); }) ==
        name + "another network: got \"…true>>\", expected \"…true>, Dropout<0.5>>\" (or .strict = false)");
  // A layer without a name may be any; so may the whole net of a file that doesn't name one.
  Model<Sequential<Linear<2, 3>, Nameless, Linear<3, 1>>> nameless;
  CHECK_NOTHROW(load(nameless, path));
}

TEST_CASE("A load that is not strict returns what only one side has") {
  auto model = trained<Small>();
  const auto before = model;
  const Bytes bytes = file_of([](TensorFileWriter& writer) {
    add_f32(writer, "0.bias", {2}, 17);
    add_f32(writer, "fc.bias", {9});
    add_f32(writer, "fc.a\"b", {});
  });
  const LoadResult result = load(model, bytes, {.strict = false});
  CHECK(result.missing == Keys{"0.weight", "1.weight", "1.bias", "1.running_mean", "1.running_var"});
  CHECK(result.unexpected == Keys{"fc.a\"b", "fc.bias"});
  CHECK(model.parameters()[6] == 17);
  CHECK(model.parameters()[7] == 17);
  model.parameters()[6] = before.parameters()[6];
  model.parameters()[7] = before.parameters()[7];
  CHECK(model == before);
}

TEST_CASE("num_batches_tracked may be there, whatever it counts, or not") {
  const auto saved = trained<Small>();
  for (const int kind : {0, 1, 2}) {
    const Bytes bytes = file_of([&](TensorFileWriter& writer) {
      for (const ParameterInfo& info : parameter_table<Small>) add_f32(writer, info.key, detail::file_shape(info));
      if (kind == 1)
        writer.add("1.num_batches_tracked", Dtype::i64, {},
                   [](Bytes& to) { detail::append_little_endian(to, std::int64_t{123}); });
      if (kind == 2) add_f32(writer, "0.num_batches_tracked", {});  // a Linear has none
    });
    auto model = saved;
    CHECK((error_of(model, bytes, {}) == "") == (kind != 2));
  }
}

TEST_CASE("convert takes the other scalar, and only where told") {
  const TemporaryFolder folder;
  const auto floats = folder.path() / "floats", doubles = folder.path() / "doubles";
  const auto single = trained<Small, float>();
  const auto wide = trained<Small, double>();
  save(single, floats);
  save(wide, doubles);

  Model<Small, double> widened;
  CHECK_THROWS_AS(load(widened, floats), FileError);
  load(widened, floats, {.convert = true});
  for (std::size_t i = 0; i < 12; ++i) CHECK(widened.parameters()[i] == static_cast<double>(single.parameters()[i]));
  Model<Small, float> narrowed;
  const std::string text = error_of(narrowed, read_file(doubles), {});
  CHECK(text.find("key \"0.bias\": got F64 [2], expected F32 [2] (or .convert = true)") != std::string::npos);
  load(narrowed, doubles, {.convert = true});
  for (std::size_t i = 0; i < 12; ++i) CHECK(narrowed.parameters()[i] == static_cast<float>(wide.parameters()[i]));
  for (std::size_t i = 0; i < 4; ++i) CHECK(narrowed.buffers()[i] == static_cast<float>(wide.buffers()[i]));
  load(narrowed, floats, {.convert = true});
  CHECK(narrowed == single);
}

TEST_CASE("convert keeps infinities and refuses what would become one") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model";
  constexpr double inf = std::numeric_limits<double>::infinity();
  constexpr double largest = (std::numeric_limits<float>::max)();
  Model<Small, double> wide;
  wide.parameters()[0] = inf;
  wide.parameters()[1] = -largest;
  wide.parameters()[2] = std::numeric_limits<double>::quiet_NaN();
  wide.parameters()[3] = 1e-300;
  save(wide, path);
  Model<Small> model;
  load(model, path, {.convert = true});
  CHECK(static_cast<double>(model.parameters()[0]) == inf);
  CHECK(static_cast<double>(model.parameters()[1]) == -largest);
  CHECK(model.parameters()[2] != model.parameters()[2]);
  CHECK(model.parameters()[3] == 0);

  const auto before = trained<Small>();
  model = before;
  wide.parameters()[1] = -1e39;
  save(wide, path);
  std::string text = error_of(model, read_file(path), {.convert = true});
  CHECK(text == in_memory + "does not fit the model " + small +
                    "\n  key \"0.weight\": element 3 is too large for F32: got -1e+39");
  CHECK(model == before);
}

TEST_CASE("What is named goes into the same file and comes back") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  const auto model = trained<Small>();
  const Scale scale{{1, 2, 3}, {0.5, 0.25, 0.125}};
  Scale targets{{7}, {8}};
  save(model, path, named("scaler", scale), named("targets", targets));

  Model<Small> loaded;
  Scale one, two;
  load(loaded, path, named("scaler", one), named("targets", two));
  CHECK(loaded == model);
  CHECK(one == scale);
  CHECK(two == targets);
  Scale three, four;
  const LoadResult rest = load(loaded, path.string(), {.strict = false}, named("targets", three));
  CHECK(rest.unexpected == Keys{"scaler.deviation", "scaler.mean"});
  CHECK(three == targets);
  load(loaded, read_file(path), named("targets", three), named("scaler", four));
  CHECK(four == scale);
}

TEST_CASE("Neither the model nor what is named has changed when one of them doesn't fit") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  Scale scale{{1, 2, 3}, {0.5}};
  save(trained<Small>(), path, named("scaler", scale));
  const Bytes bytes = read_file(path);

  auto model = trained<Small>(2);
  Scale one{{1}, {2}}, two{{3}, {4}};
  const Scale one_before = one, two_before = two;
  CHECK(error_of(model, bytes, {}, named("scaler", one), named("targets", two)) ==
        in_memory + "does not fit the model " + small + "\n  key \"targets.mean\": is missing, expected F64 [n]");
  CHECK(error_of(model, bytes, {.strict = false}, named("targets", two)) != "");
  CHECK(one == one_before);
  CHECK(two == two_before);

  // A strict load that doesn't ask says so.
  const std::string text = error_of(model, bytes, {});
  CHECK(text.find("\n  unexpected \"scaler.mean\"\n") != std::string::npos);
  CHECK(text.find("is asked for by name: load(model, path, named(\"scaler\", scaler))") != std::string::npos);

  auto narrow = Model<Sequential<Linear<3, 2>>>();
  CHECK(error_of(narrow, bytes, {}, named("scaler", one)) != "");
  CHECK(one == one_before);

  // A name of the model's own.
  CHECK_THROWS_AS(save(model, path, named("s", one), named("s", two)), FileError);
  CHECK(read_file(path) == bytes);
}

TEST_CASE("What is named says itself what it can't be, and asks for all of its keys") {
  const Bytes bytes = file_of([](TensorFileWriter& writer) {
    write_model(writer, trained<Small>());
    add_f32(writer, "choosy.width", {}, -1);
    add_f32(writer, "choosy.height", {}, 1);
  });
  auto model = trained<Small>(2);
  Choosy choosy;
  CHECK(error_of(model, bytes, {}, named("choosy", choosy)) ==
        in_memory + "does not fit the model " + small + "\n  key \"choosy.width\": is not positive");
  choosy.any = true;
  CHECK(error_of(model, bytes, {}, named("choosy", choosy)).find("unexpected \"choosy.height\"") != std::string::npos);
  choosy.own = true;
  CHECK(error_of(model, bytes, {}, named("choosy", choosy)).find("\n  of its own") != std::string::npos);
}

TEST_CASE("A model fits whatever the file's order and alignment") {
  const auto model = trained<Small>();
  // By hand: one byte before the weights, and the table backwards.
  std::string header = R"({"x":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]})";
  Bytes data(1);
  for (std::size_t k = parameter_table<Small>.size(); k-- > 0;) {
    const ParameterInfo& info = parameter_table<Small>[k];
    const std::size_t begin = data.size();
    const auto values = (info.trained ? model.parameters() : model.buffers()).subspan(info.offset, info.size);
    for (std::size_t o = 0; o < info.out; ++o)
      for (std::size_t i = 0; i < info.in; ++i) detail::append_little_endian(data, values[i * info.out + o]);
    header +=
        ",\"" + std::string(info.key) + "\":{\"shape\":" + detail::shape_text<std::size_t>(detail::file_shape(info)) +
        ",\"dtype\":\"F32\",\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(data.size()) + "]}";
  }
  header += "}";
  Bytes bytes;
  detail::append_little_endian(bytes, static_cast<std::uint64_t>(header.size()));
  for (const char c : header) bytes.push_back(static_cast<std::byte>(c));
  bytes.insert(bytes.end(), data.begin(), data.end());
  Model<Small> loaded;
  CHECK(load(loaded, bytes, {.strict = false}).unexpected == Keys{"x"});
  CHECK(loaded == model);
}

TEST_CASE("Whatever is cut off or damaged, the model is as it was or whole") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  const auto saved = trained<Small>();
  save(saved, path);
  const Bytes whole = read_file(path);
  const auto before = trained<Small>(2);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    auto model = before;
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK(error_of(model, cut, {}) != "");
  }
  std::size_t accepted = 0;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    auto model = before;
    Bytes damaged = whole;
    damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    if (error_of(model, damaged, {.strict = false}).empty()) ++accepted;
  }
  CHECK(accepted > 8 * 16 * sizeof(float));  // every bit of the numbers
}
