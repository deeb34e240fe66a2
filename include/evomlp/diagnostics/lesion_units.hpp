// SPDX-License-Identifier: MIT
// What a lesion study deletes: runs of layers of which each gives back the width it takes.
#pragma once

#include "evomlp/compose/list.hpp"
#include "evomlp/compose/structure.hpp"
#include "evomlp/compose/widths.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/diagnostics/shortcut.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace evomlp {

namespace detail {

/// A layer of a network's list, inner lists laid flat, as far as a lesion study is concerned.
struct LesionLayer {
  std::string path{};
  std::size_t in = 0, out = 0;  // widths
  bool has_shortcut = false, has_weights = false;
};

/// Layers first, first + 1, …, first + count - 1 of the flat list.
struct LesionUnit {
  std::string name{};
  std::size_t first = 0, count = 1;
};

template <class Net>
std::vector<LesionLayer> lesion_layers() {
  std::vector<LesionLayer> layers;
  const auto add = [&]<class... Ls>(List<Ls...>) {
    const auto& width = Widths<List<Ls...>>::at;
    const auto one = [&]<class L>(std::size_t i) {
      LesionLayer layer{.in = width[i], .out = width[i + 1], .has_shortcut = HasShortcut<L>};
      layer.has_weights = counts_of<L>.layers > 0;
      if constexpr (IsList<Net>) layer.path = flat_names<typename Net::Modules>[i].view();
      layers.push_back(layer);
    };
    (one.template operator()<Ls>(layers.size()), ...);
  };
  add(flat<Net>{});
  return layers;
}

/// The unit from one layer to another.
template <class = WhereCalled>
LesionUnit lesion_unit(const std::vector<LesionLayer>& layers, std::size_t first, std::size_t count) {
  const std::string& path = layers[first].path;
  return {count == 1 ? path : concat({path, "..", layers[first + count - 1].path}), first, count};
}

template <class = WhereCalled>
std::vector<LesionUnit> default_lesion_units(const std::vector<LesionLayer>& layers) {
  std::vector<LesionUnit> units;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].has_shortcut && layers[i].in == layers[i].out) units.push_back(lesion_unit(layers, i, 1));
  if (!units.empty()) return units;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (!layers[i].has_weights || layers[i].in != layers[i].out) continue;
    std::size_t count = 1;
    while (i + count < layers.size() && !layers[i + count].has_weights) ++count;
    units.push_back(lesion_unit(layers, i, count));
  }
  return units;
}

/// A unit as the user wrote it: "2.0", "2", "2.0..2.1". Throws Error.
template <class = WhereCalled>
LesionUnit parsed_lesion_unit(const std::vector<LesionLayer>& layers, const std::string& text) {
  const auto fail = [&](const std::string& what) { throw Error(concat({"lesion_study: unit \"", text, "\" ", what})); };
  const auto find = [&](std::string_view path) {
    LesionUnit found{.count = 0};
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const std::string_view at = layers[i].path;
      if (at != path && !(at.starts_with(path) && at.substr(path.size()).starts_with('.'))) continue;
      if (found.count++ == 0) found.first = i;
    }
    if (found.count == 0)
      fail(concat({"is not there: the network has no layer \"", path, "\" (\"", layers.front().path, "\" to \"",
                   layers.back().path, "\"; a layer inside a block is part of the block)"}));
    return found;
  };
  const std::size_t dots = text.find("..");
  LesionUnit unit = find(std::string_view(text).substr(0, dots));
  if (dots != std::string::npos) {
    const LesionUnit last = find(std::string_view(text).substr(dots + 2));
    if (last.first < unit.first) fail("ends before it begins");
    unit.count = last.first + last.count - unit.first;
  }
  for (std::size_t i = unit.first; i < unit.first + unit.count; ++i)
    if (layers[i].in != layers[i].out)
      fail(concat({"can't be deleted: the layer \"", layers[i].path, "\" takes ", layers[i].in, " features and gives ",
                   layers[i].out}));
  unit.name = text;
  return unit;
}

/// The units of a study, in the order of the network. Throws Error.
template <class = WhereCalled>
std::vector<LesionUnit> lesion_units_of(const std::vector<LesionLayer>& layers, const std::vector<std::string>& asked) {
  std::vector<LesionUnit> units;
  for (const std::string& text : asked) units.push_back(parsed_lesion_unit(layers, text));
  if (asked.empty()) units = default_lesion_units(layers);
  if (units.empty()) {
    std::string widths = std::to_string(layers.front().in);
    for (const LesionLayer& layer : layers)
      if (layer.has_weights) widths += concat({"-", layer.out});
    throw Error(
        concat({"lesion_study: nothing can be deleted: the network has no residual block, and no layer with weights "
                "gives back the width it takes (",
                widths, ")"}));
  }
  for (std::size_t i = 1; i < units.size(); ++i)
    if (units[i].first < units[i - 1].first + units[i - 1].count)
      throw Error(concat({"lesion_study: unit \"", units[i].name, "\" overlaps with \"", units[i - 1].name,
                          "\", or comes before it in the network"}));
  return units;
}

}  // namespace detail

/// What lesion_study deletes unless told otherwise: the blocks with a shortcut (HasShortcut) that keep the width; in a
/// network without one, each layer with weights that keeps the width, with what follows it up to the next layer with
/// weights: [Linear, ReLU] or [Linear, BatchNorm1d, ReLU] counts as one. By path: "2.0", or "2.0..2.1" for a run.
template <class Net>
std::vector<std::string> lesion_units() {
  std::vector<std::string> names;
  for (const detail::LesionUnit& unit : detail::default_lesion_units(detail::lesion_layers<Net>()))
    names.push_back(unit.name);
  return names;
}

}  // namespace evomlp
