// SPDX-License-Identifier: MIT
#include "evomlp/diagnostics/lesion_study.hpp"

#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace evomlp;
using evomlp_test::normal_batch;
using Kind = Lesion::Kind;
using Names = std::vector<std::string>;

namespace {

using Block = ResidualBlock<0.5, Linear<3, 3>, Tanh>;
using Residual = Sequential<Linear<2, 3>, Tanh, Repeat<4, Block>, Linear<3, 2>>;
using Plain = Sequential<Linear<2, 3>, ReLU, Repeat<3, Linear<3, 3>, BatchNorm1d<3>, ReLU>, Linear<3, 3>, Linear<3, 2>>;

Dataset<double, Labels> labelled(std::size_t n) {
  Dataset<double, Labels> data{normal_batch<double>(n, 2, 1), make_labels(n)};
  for (std::size_t i = 0; i < n; ++i) data.y(i) = data.x(i, 0) * data.x(i, 1) > 0 ? 1 : 0;
  return data;
}

/// `model` with other parameters: the blocks' numbers in another order, or 0, which makes a block the identity.
Model<Residual, double> changed(Model<Residual, double> model, const std::vector<std::size_t>& order,
                                const std::vector<std::size_t>& deleted) {
  const Model<Residual, double> before = model;
  constexpr std::size_t first = 9, size = 12;
  for (std::size_t place = 0; place < 4; ++place)
    std::copy_n(before.parameters().begin() + static_cast<std::ptrdiff_t>(first + order[place] * size), size,
                model.parameters().begin() + static_cast<std::ptrdiff_t>(first + place * size));
  for (const std::size_t unit : deleted)
    std::fill_n(model.parameters().begin() + static_cast<std::ptrdiff_t>(first + unit * size), size, 0.0);
  return model;
}

/// Ten clouds in 20 dimensions.
Dataset<float, Labels> clouds(std::size_t n, std::uint64_t seed) {
  Dataset<float, Labels> data{make_matrix<float>(n, 20), make_labels(n)};
  const Random centres(1, Stream::data), noise(seed, Stream::data);
  for (std::size_t i = 0; i < n; ++i) {
    data.y(i) = static_cast<std::int32_t>(i % 10);
    for (std::size_t j = 0; j < 20; ++j)
      data.x(i, j) = static_cast<float>(centres.normal(i % 10 * 20 + j) + 0.6 * noise.normal(i * 20 + j));
  }
  return data;
}

/// One deleted at a time, after training; the last matrix of each branch starts at He × `scale`.
template <class Net>
std::pair<double, LesionSummary> trained_and_lesioned(float scale, int epochs) {
  Model<Net> model(init::he_normal(), 0);
  for (const ParameterInfo& info : parameter_table<Net>)
    if (info.branches_ended > 0)
      for (float& weight : model.parameters().subspan(info.offset, info.size)) weight *= scale;
  fit(model, clouds(1000, 2), CrossEntropyLoss{}, Adam{.lr = 1e-3}, {.epochs = epochs, .batch_size = 64});
  const LesionStudy study = lesion_study(model, clouds(500, 3), CrossEntropyLoss{}, {.deleted = {}});
  return {study.whole().accuracy, study.summary(Kind::deleted, 1)};
}

template <class Net>
LesionStudy study_of(const LesionOptions& options) {
  return lesion_study(Model<Net, double>(init::he_normal(), 1), labelled(20), CrossEntropyLoss{}, options);
}

}  // namespace

TEST_CASE("lesion_study: each lesion is the evaluation of the model changed by hand") {
  const Model<Residual, double> model(init::he_normal(), 2);
  const auto data = labelled(600);  // more than one chunk
  const LesionStudy study = lesion_study(model, data, CrossEntropyLoss{},
                                         {.deleted = {1, 2, 4, 9}, .swaps = {1, 3}, .pairs = true, .trials = 3});
  CHECK(study.units == Names{"2.0", "2.1", "2.2", "2.3"});
  REQUIRE(study.lesions.size() == 1 + 4 + 2 * 3 + 6 + 2 * 3);  // one at a time once, and there are no nine
  CHECK(study.whole().loss == doctest::Approx(evaluate(model, data, CrossEntropyLoss{}).loss).epsilon(1e-13));
  std::set<double> losses;
  for (const Lesion& one : study.lesions) {
    const auto expected = evaluate(changed(model, one.order, one.deleted), data, CrossEntropyLoss{});
    CHECK(one.loss == doctest::Approx(expected.loss).epsilon(1e-13));
    CHECK(one.accuracy == doctest::Approx(expected.accuracy).epsilon(1e-13));
    losses.insert(std::round(one.loss * 1e10));
    if (one.kind == Kind::deleted) CHECK(one.deleted.size() == static_cast<std::size_t>(one.count));
    if (one.kind != Kind::swapped) CHECK(one.kendall_tau == 1);
  }
  CHECK(losses.size() >= 13);  // whole, four deleted, six pairs, and some of the draws
  CHECK(study.summary(Kind::deleted, 4).lowest == study.summary(Kind::deleted, 4).highest);
  // Of six pairs those of neighbours turn one of six pairs around, then 3, then 5.
  CHECK(study.lesions[11].order == std::vector<std::size_t>{1, 0, 2, 3});
  CHECK(study.lesions[11].kendall_tau == doctest::Approx(1 - 2.0 / 6));
  CHECK(study.lesions[13].order == std::vector<std::size_t>{3, 1, 2, 0});
  CHECK(study.lesions[13].kendall_tau == doctest::Approx(1 - 2.0 * 5 / 6));
  const auto singles = study.summary(Kind::deleted, 1);
  CHECK(singles.runs == 4);
  CHECK(singles.mean == doctest::Approx((study.lesions[1].accuracy + study.lesions[2].accuracy +
                                         study.lesions[3].accuracy + study.lesions[4].accuracy) /
                                        4));
  CHECK_THROWS_WITH_AS(study.summary(Kind::swapped, 2), "LesionStudy: no lesion with 2 swapped", Error);
}

TEST_CASE("lesion_study: lambda counts: a block of lambda 0 is not missed, one of a larger lambda is missed more") {
  const auto loss_without = []<Real lambda>() {
    using Net = Sequential<Linear<2, 3>, ResidualBlock<lambda, Linear<3, 3>, Tanh>, Linear<3, 2>>;
    const LesionStudy study = study_of<Net>({});
    return std::abs(study.lesions[1].loss - study.whole().loss);
  };
  CHECK(loss_without.template operator()<0>() == 0);
  CHECK(loss_without.template operator()<0.01>() > 0);
  CHECK(loss_without.template operator()<0.01>() < 0.1 * loss_without.template operator()<1>());
}

TEST_CASE("lesion_study: the same draws for a seed, others for another, whatever else is asked for") {
  const auto drawn = [](const LesionOptions& options) {
    std::vector<std::vector<std::size_t>> all;
    for (const Lesion& one : study_of<Residual>(options).lesions)
      if (one.count == 2) all.push_back(one.deleted);
    return all;
  };
  const auto first = drawn({.deleted = {2}, .trials = 8});
  CHECK(first.size() == 8);
  CHECK(std::set(first.begin(), first.end()).size() > 2);
  CHECK(drawn({.deleted = {3, 2}, .trials = 8}) == first);
  CHECK(drawn({.deleted = {2}, .trials = 8, .seed = 1}) != first);
}

TEST_CASE("lesion_study: units of a plain network are its Linears with what follows them, or what the user says") {
  CHECK(lesion_units<Plain>() == Names{"2.0..2.2", "2.3..2.5", "2.6..2.8", "3"});
  CHECK(lesion_units<Residual>() == Names{"2.0", "2.1", "2.2", "2.3"});
  CHECK(lesion_units<Sequential<ProjectedResidualBlock<1, Linear<2, 3>, Linear<2, 3>>, ReZeroBlock<Linear<3, 3>>,
                                HighwayBlock<Linear<3, 3>>, Linear<3, 3>>>() == Names{"1", "2"});
  using Pairs = Sequential<Linear<2, 3>, Repeat<3, Sequential<Linear<3, 3>, Tanh>>, Linear<3, 2>>;
  const LesionStudy by_list = study_of<Pairs>({.units = {"1.0", "1.1.0", "1.2.0..1.2.1"}, .deleted = {}});
  const LesionStudy by_rule = study_of<Pairs>({.deleted = {}});
  CHECK(by_list.units == Names{"1.0", "1.1.0", "1.2.0..1.2.1"});
  CHECK(by_rule.units == Names{"1.0.0..1.0.1", "1.1.0..1.1.1", "1.2.0..1.2.1"});
  CHECK(by_list.lesions[1].loss == by_rule.lesions[1].loss);
  CHECK(by_list.lesions[2].loss != by_rule.lesions[2].loss);  // its Tanh stays
  CHECK(by_list.lesions[3].loss == by_rule.lesions[3].loss);
  CHECK(study_of<Pairs>({.units = {"1"}}).lesions.size() == 2);
}

TEST_CASE("lesion_study: a pair of a plain network swapped is a model with its numbers swapped") {
  using Net = Sequential<Linear<2, 3>, Repeat<2, Linear<3, 3>, Tanh>, Linear<3, 2>>;
  Model<Net, double> model(init::he_normal(), 2);
  const auto data = labelled(20);
  const LesionStudy study = lesion_study(model, data, CrossEntropyLoss{}, {.deleted = {}, .pairs = true});
  std::swap_ranges(model.parameters().begin() + 9, model.parameters().begin() + 21, model.parameters().begin() + 21);
  CHECK(study.lesions.back().kind == Kind::swapped);
  CHECK(study.lesions.back().kendall_tau == -1);
  CHECK(study.lesions.back().loss == doctest::Approx(evaluate(model, data, CrossEntropyLoss{}).loss).epsilon(1e-13));
}

TEST_CASE("lesion_study: table and CSV, by the loss where it has no accuracy") {
  using Net = Sequential<Repeat<2, ResidualBlock<1, Linear<1, 1, false>>>>;  // y = 2 · 3 x
  Model<Net, double> model;
  model.parameters()[0] = 1;
  model.parameters()[1] = 2;
  const Dataset<double> data{{{1}}, {{6}}};
  const LesionStudy study = lesion_study(model, data, MSELoss{}, {.deleted = {2}, .swaps = {1}, .trials = 2});
  CHECK(study.to_string() ==
        "lesion       runs  loss  lowest  highest  kendall_tau\n"
        "none            1     0       0        0            1\n"
        "0.0 deleted     1     9       9        9            1\n"
        "0.1 deleted     1    16      16       16            1\n"
        "1 deleted       2  12.5       9       16            1\n"
        "2 deleted       2    25      25       25            1\n"
        "1 swapped       2     0       0        0           -1\n");
  const TemporaryFolder folder;
  study.write_csv(folder.path() / "lesions.csv");
  CHECK(folder.text("lesions.csv") ==
        "kind,count,units,kendall_tau,loss,accuracy\n"
        "none,0,,1,0,\n"
        "deleted,1,0.0,1,9,\n"
        "deleted,1,0.1,1,16,\n"
        "deleted,2,0.0 0.1,1,25,\n"
        "deleted,2,0.0 0.1,1,25,\n"
        "swapped,1,0.1 0.0,-1,0,\n"
        "swapped,1,0.1 0.0,-1,0,\n");
}

TEST_CASE("lesion_study: what can't be deleted or swapped is named") {
  const auto error = [](auto net, const LesionOptions& options) -> std::string {
    try {
      study_of<decltype(net)>(options);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(error(Residual{}, {.units = {"2.0", "0"}}) ==
        "lesion_study: unit \"0\" can't be deleted: the layer \"0\" takes 2 features and gives 3");
  CHECK(error(Residual{}, {.units = {"0..2.1"}}) ==
        "lesion_study: unit \"0..2.1\" can't be deleted: the layer \"0\" takes 2 features and gives 3");
  // A run that gives back the width it takes, of layers that don't.
  CHECK(error(Sequential<Linear<2, 4>, ReLU, Linear<4, 8>, ReLU, Linear<8, 4>, ReLU, Linear<4, 2>>{},
              {.units = {"2..4"}}) ==
        "lesion_study: unit \"2..4\" can't be deleted: the layer \"2\" takes 4 features and gives 8");
  CHECK(error(Residual{}, {.units = {"2.4"}}) ==
        "lesion_study: unit \"2.4\" is not there: the network has no layer \"2.4\" (\"0\" to \"3\"; a layer inside a "
        "block is part of the block)");
  CHECK(error(Residual{}, {.units = {"2.0.body.0"}}).starts_with("lesion_study: unit \"2.0.body.0\" is not there"));
  CHECK(error(Residual{}, {.units = {""}}).starts_with("lesion_study: unit \"\" is not there"));
  CHECK(error(Residual{}, {.units = {"2.1..2.0"}}) == "lesion_study: unit \"2.1..2.0\" ends before it begins");
  CHECK(error(Residual{}, {.units = {"2.0..2.1", "2.1"}}) ==
        "lesion_study: unit \"2.1\" overlaps with \"2.0..2.1\", or comes before it in the network");
  CHECK(error(Sequential<Linear<2, 3>, ReLU, Linear<3, 2>>{}, {}) ==
        "lesion_study: nothing can be deleted: the network has no residual block, and no layer with weights gives back "
        "the width it takes (2-3-2)");
  CHECK(error(Sequential<Linear<2, 2>, ReLU, Linear<2, 2>>{}, {.swaps = {1}}) ==
        "lesion_study: nothing can be swapped: no two of the 2 units fit in each other's place");
  CHECK(error(Residual{}, {.deleted = {0}}) == "lesion_study: a count of deleted units is 0, expected at least 1");
  CHECK(error(Residual{}, {.swaps = {-1}}) == "lesion_study: a count of swaps is -1, expected at least 1");
  CHECK(error(Residual{}, {.trials = 0}) == "lesion_study: trials is 0, expected at least 1");
  CHECK(error(Sequential<Linear<3, 3>, Linear<3, 2>>{}, {}) ==
        "lesion_study: the data has 2 features, the network takes 3");
}

TEST_CASE("lesion_study: a residual network with small branches loses little, a plain one all") {
  // The bands of a study on MNIST (width 64): mean loss below 5 points and at least 75 % left; plain, a mean below 25
  // %.
  using SmallBranches = Sequential<Linear<20, 32>, ReLU,
                                   Repeat<8, ResidualBlock<1, Linear<32, 32>, ReLU, Linear<32, 32>>>, Linear<32, 10>>;
  using SixteenPlain = Sequential<Linear<20, 32>, ReLU, Repeat<16, Linear<32, 32>, ReLU>, Linear<32, 10>>;
  const auto [residual, without_block] = trained_and_lesioned<SmallBranches>(0.25f, 6);
  CHECK(residual > 0.9);
  CHECK(residual - without_block.mean < 0.05);
  CHECK(without_block.lowest > 0.75);
  const auto [plain, without_layer] = trained_and_lesioned<SixteenPlain>(1, 12);
  CHECK(plain > 0.9);
  CHECK(without_layer.runs == 16);
  CHECK(without_layer.mean < 0.25);
}
