// SPDX-License-Identifier: MIT
#include "evomlp/evomlp.hpp"

#include <doctest/doctest.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace evomlp;

namespace {

using Net = Sequential<Linear<3, 5>, BatchNorm1d<5>, ReLU, ReZeroBlock<HighwayBlock<Linear<5, 5>>>, Linear<5, 2>>;

template <class Model>
bool is_aligned(const Model& model) {
  return reinterpret_cast<std::uintptr_t>(model.parameters().data()) % 64 == 0 &&
         reinterpret_cast<std::uintptr_t>(model.buffers().data()) % 64 == 0;
}

}  // namespace

TEST_CASE("A Model is a regular value: copies are equal and apart, moves take the numbers along") {
  static_assert(std::regular<Model<Net>> && std::regular<Model<Net, double>>);
  static_assert(std::is_nothrow_move_constructible_v<Model<Net>> && std::is_nothrow_move_assignable_v<Model<Net>>);
  const Model<Net> model(init::he_normal(), 1);
  Model<Net> copy = model;
  CHECK(copy == model);
  copy.parameters()[7] += 1;
  CHECK(copy != model);
  copy = model;
  CHECK(copy == model);
  copy.buffers()[3] += 1;
  CHECK(copy != model);

  copy = model;
  const float* const numbers = copy.parameters().data();
  Model<Net> moved = std::move(copy);
  CHECK(moved == model);
  CHECK(moved.parameters().data() == numbers);
  std::vector<Model<Net>> models(3, model);
  models.push_back(Model<Net>(init::he_normal(), 2));
  std::swap(models[0], models[3]);
  CHECK(models[3] == model);
  CHECK(models[0] != model);
}

TEST_CASE("A default Model is all 0 but for what starts elsewhere by its nature") {
  const Model<Net, double> model;
  CHECK(model.parameters().size() == Net::num_parameters);
  for (const ParameterInfo& info : parameter_table<Net>) {
    INFO(std::string(info.key));
    const bool one = info.key == "1.weight" || info.key == "1.running_var";
    const double expected = one ? 1 : info.key == "3.body.0.gate.bias" ? -1 : 0;
    CHECK(model.values(info).size() == info.size);
    for (const double value : model.values(info)) CHECK(value == expected);
  }
}

TEST_CASE("values(info) are those of one row of the table, to read and to write") {
  Model<Net> model;
  for (const ParameterInfo& info : parameter_table<Net>) {
    INFO(std::string(info.key));
    CHECK(model.values(info).data() == (info.trained ? model.parameters() : model.buffers()).data() + info.offset);
    model.values(info).back() = 17;
    CHECK(std::as_const(model).values(info).back() == 17);
  }
}

TEST_CASE("A Model's numbers begin on a cache line, also in a vector and after a copy") {
  CHECK(is_aligned(Model<Net>()));
  CHECK(is_aligned(Model<Net, double>()));
  for (const auto& model : std::vector<Model<Sequential<Linear<1, 1>>>>(5))
    CHECK(reinterpret_cast<std::uintptr_t>(model.parameters().data()) % 64 == 0);
}

TEST_CASE("A net's type holds nothing, and a Model is two buffers") {
  static_assert(std::is_empty_v<Net> && std::is_empty_v<Linear<3, 5>>);
  CHECK(sizeof(Model<Net>) == 2 * sizeof(std::vector<float>));
}

TEST_CASE("A Workspace says for how many rows it is, and refuses none and less") {
  Workspace<Net> workspace(17);
  CHECK(workspace.max_batch() == 17);
  CHECK(workspace.capacity() >= 17);
  CHECK_THROWS_WITH_AS(Workspace<Net>(0), "Workspace: a largest batch of 0, expected at least 1", Error);
  CHECK_THROWS_WITH_AS(Workspace<Net>(-3), "Workspace: a largest batch of -3, expected at least 1", Error);
}
