// SPDX-License-Identifier: MIT
// Freeze: parts of a network that keep their values.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/contract/declare.hpp"
#include "evomlp/optim/concepts.hpp"

#include <string_view>

namespace evomlp {

namespace detail {

/// "2.body" holds "2.body.0.weight", and a parameter itself may be named.
constexpr bool is_part_of(std::string_view key, std::string_view path) {
  return key.starts_with(path) && (key.size() == path.size() || key[path.size()] == '.');
}

}  // namespace detail

/// The layers at these paths, as in parameter_table<Net> ("0" is the first of the list, "2.3" the fourth inside the
/// third), or single parameters ("0.bias"), are not updated: no step, no decay, no moments. First in a chain:
/// `chain(Freeze<"0", "1">{}, Adam{})`. A path that the network doesn't have is a compile error. Gradients are still
/// computed, and BatchNorm1d's running statistics still move, as in PyTorch without requires_grad. `on` may be changed
/// between steps, to thaw the part.
template <detail::Name... paths>
struct Freeze {
  bool on = true;

  bool updates(const ParameterInfo& parameter) const {
    return !on || !(detail::is_part_of(parameter.key, paths.view()) || ...);
  }
  void remember(auto& memory) { memory("on", on); }

  /// Whether each path is in a network.
  template <class Net>
  static constexpr bool fits() {
    const auto has = [](std::string_view path) {
      for (const ParameterInfo& info : parameter_table<Net>)
        if (info.trained && detail::is_part_of(info.key, path)) return true;
      return false;
    };
    return (has(paths.view()) && ...);
  }
};

}  // namespace evomlp
