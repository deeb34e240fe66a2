// SPDX-License-Identifier: MIT
#include "evomlp/diagnostics/summary.hpp"

#include "evomlp/core/read_file.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <string>

using namespace evomlp;

namespace {

struct Square {  // says nothing of itself
  static auto value(auto z) { return z * z; }
  static auto slope(auto z) { return 2 * z; }
};

/// y = (x U + a) ∘ σ(x G + b), whose last child keeps any width.
template <std::size_t In, std::size_t Out>
struct Gated {
  static constexpr std::size_t in_features = In, out_features = Out;
  static constexpr Parameter<"mix", Out, Out> mix{};
  static constexpr Child<"value", Linear<In, Out>> value{};
  static constexpr Child<"gate", Sequential<Linear<In, Out>, Sigmoid>> gate{};
  static constexpr Child<"drop", Dropout<0.5>, Out> drop{};
  static constexpr auto parameters = table(mix);
  static constexpr auto children = table(value, gate, drop);
  static void predict(auto self, auto x, auto y) { self[value].predict(x, y); }
  static void backward(auto self, auto grad, auto x, auto y, auto dy, auto dx) {
    self[value].backward(grad[value], x, y, dy, dx);
  }
};

using Block = ResidualBlock<5.0, Linear<6, 6>, BatchNorm1d<6>, ReLU, Linear<6, 6>>;
using Net = Sequential<Linear<2, 6>, Square, Repeat<3, Block>, Gated<6, 1>>;

const LayerSummary& at(const Summary& summary, const std::string& path) {
  for (const LayerSummary& one : summary.layers)
    if (one.path == path) return one;
  FAIL("no layer " << path);
  return summary.layers[0];
}

/// The rows of all in `table` that are parameters or buffers below `path`.
template <class N>
std::size_t numbers_below(const std::string& path, bool trained) {
  std::size_t sum = 0;
  for (const ParameterInfo& info : parameter_table<N>)
    if (info.trained == trained && (path.empty() || info.key.starts_with(path + "."))) sum += info.size;
  return sum;
}

template <class N>
void check_against_the_parameter_table() {
  const Summary all = summary<N>({.expand = true});
  for (const LayerSummary& one : all.layers) {
    INFO("layer '" << one.path << "'");
    CHECK(one.times == 1);
    CHECK(one.parameters == numbers_below<N>(one.path, true));
    CHECK(one.buffers == numbers_below<N>(one.path, false));
    std::size_t matrices = 0;
    for (const ParameterInfo& info : parameter_table<N>)
      if (info.rank == 2 && (one.path.empty() || info.key.starts_with(one.path + "."))) matrices += info.size;
    CHECK(one.multiply_adds == matrices);
  }
  const Summary folded = summary<N>();
  CHECK(folded.layers[0].multiply_adds == all.multiply_adds);
  CHECK(folded.multiply_adds == all.multiply_adds);
  CHECK(all.num_parameters == all.layers[0].parameters);
  CHECK(all.num_buffers == all.layers[0].buffers);
}

}  // namespace

TEST_CASE("A summary as text, with the equal modules of a Repeat in one line") {
  CHECK(summary(Model<Net>()).to_string() ==
        "path        layer                   in  out  parameters  buffers  multiply-adds\n"
        "0           Linear<2, 6>             2    6          18        -             12\n"
        "1           Square                   6    6           -        -              -\n"
        "2           Repeat<3>                6    6         288       36            216\n"
        "2.0           ResidualBlock<5> x 3   6    6          96       12             72\n"
        "2.0.body        Sequential           6    6          96       12             72\n"
        "2.0.body.0        Linear<6, 6>       6    6          42        -             36\n"
        "2.0.body.1        BatchNorm1d<6>     6    6          12       12              -\n"
        "2.0.body.2        ReLU               6    6           -        -              -\n"
        "2.0.body.3        Linear<6, 6>       6    6          42        -             36\n"
        "3           Gated<6, 1>              6    1          15        -             13\n"
        "3.value       Linear<6, 1>           6    1           7        -              6\n"
        "3.gate        Sequential             6    1           7        -              6\n"
        "3.gate.0        Linear<6, 1>         6    1           7        -              6\n"
        "3.gate.1        Sigmoid              1    1           -        -              -\n"
        "3.drop        Dropout<0.5>           1    1           -        -              -\n"
        "10 layers with weights, 18 modules\n"
        "321 parameters, 36 untrained numbers in buffers: 1428 bytes as float\n"
        "241 multiply-adds to predict a sample\n");
}

TEST_CASE("Every line's numbers are those of the parameter table") {
  check_against_the_parameter_table<Net>();
  check_against_the_parameter_table<Gated<3, 2>>();
  check_against_the_parameter_table<
      Sequential<Sequential<Linear<3, 4>, Repeat<2, Tanh, Repeat<2, Linear<4, 5, false>, Linear<5, 4>>>>,
                 ProjectedResidualBlock<1, Linear<4, 2>, Linear<4, 2>>, HighwayBlock<Linear<2, 2>>,
                 ReZeroBlock<Linear<2, 2>, Tanh>>>();
}

TEST_CASE("Widths pass through layers that keep any, also in lists of such") {
  using Plain = Sequential<Linear<2, 5>, Sequential<ReLU, Repeat<2, Tanh>>, Linear<5, 3>, Softmax>;
  const Summary plain = summary<Plain>();
  CHECK(at(plain, "1").in_features == 5);
  CHECK(at(plain, "1.0").out_features == 5);
  CHECK(at(plain, "1.1.0").in_features == 5);
  CHECK(at(plain, "1.1.0").times == 2);
  CHECK(at(plain, "3").out_features == 3);
}

TEST_CASE("A module that holds a folded Repeat counts it whole; its own lines are of one") {
  const Summary nested = summary<Sequential<Repeat<4, Sequential<Repeat<3, Linear<2, 2>, ReLU>>>>>();
  CHECK(nested.layers.size() == 6);
  CHECK(at(nested, "0.0").times == 4);
  CHECK(at(nested, "0.0").parameters == 18);
  CHECK(at(nested, "0.0.0.0").times == 3);
  CHECK(at(nested, "0.0.0.0").parameters == 6);
  CHECK(nested.multiply_adds == 48);
  CHECK(summary<Sequential<Repeat<4, Linear<2, 2>>>>({.expand = true}).layers.size() == 6);
}

TEST_CASE("The sums know the scalar, and agree with the network") {
  const Summary sums = summary(Model<Net, double>());
  CHECK(sums.scalar == "double");
  CHECK(sums.bytes == (Model<Net>::num_parameters + Model<Net>::num_buffers) * 8);
  CHECK(sums.num_layers == Net::num_layers);
  CHECK(sums.num_modules == Net::num_modules);
  CHECK(summary<Net>().scalar == "float");
}

TEST_CASE("A network that is one layer, or one block, has its line") {
  CHECK(summary<Linear<3, 2>>().to_string() ==
        "path  layer         in  out  parameters  buffers  multiply-adds\n"
        "      Linear<3, 2>   3    2           8        -              6\n"
        "1 layers with weights, 1 modules\n"
        "8 parameters, 0 untrained numbers in buffers: 32 bytes as float\n"
        "6 multiply-adds to predict a sample\n");
  CHECK(summary<Gated<3, 2>>().to_string().find("      Gated<3, 2> ") != std::string::npos);
}

TEST_CASE("A summary says how a block's output comes about") {
  const Summary all = summary<Sequential<Block, ReZeroBlock<Linear<6, 6>>, HighwayBlock<Linear<6, 6>>, Gated<6, 2>>>();
  CHECK(all.layers[0].composition == Composition::list);
  CHECK(at(all, "0").composition == Composition::residual);
  CHECK(at(all, "0").factor == "5");
  CHECK(at(all, "1").composition == Composition::residual);
  CHECK(at(all, "1").factor == "alpha");
  CHECK(at(all, "2").composition == Composition::highway);
  CHECK(at(all, "3").composition == Composition::own);
  CHECK(at(all, "0.body.0").composition == Composition::leaf);
}

TEST_CASE("A summary as CSV") {
  const auto path = std::filesystem::temp_directory_path() / "evomlp_summary_test.csv";
  summary<Sequential<Repeat<2, Linear<3, 3>, BatchNorm1d<3>>>>().write_csv(path);
  const auto bytes = read_file(path);
  std::filesystem::remove(path);
  CHECK(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) ==
        "path,layer,depth,times,in_features,out_features,parameters,buffers,multiply_adds\n"
        "\"\",Sequential,0,1,3,3,36,12,18\n"
        "0,Repeat<2>,1,1,3,3,36,12,18\n"
        "0.0,\"Linear<3, 3>\",2,2,3,3,12,0,9\n"
        "0.1,BatchNorm1d<3>,2,2,3,3,6,6,0\n");
}
