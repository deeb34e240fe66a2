// SPDX-License-Identifier: MIT
// A sweep over network types, which are known to the compiler alone, as configurations of run_experiments.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp {

/// A network type, and a setting for it, that know how to run.
template <class Result, class Setting, class Run>
struct NetConfiguration {
  std::string name{};
  Setting setting{};
  /// The caller's function object, one for all. (A pointer: a lambda that captures can't be assigned.)
  std::shared_ptr<const Run> run{};
  Result (*call)(const Run&, const Setting&, std::uint64_t seed) = nullptr;

  Result operator()(std::uint64_t seed) const { return call(*run, setting, seed); }
};

namespace detail {

struct NoSetting {};

template <class Net, class Setting, class Run>
auto run_net(const Run& run, [[maybe_unused]] const Setting& setting, std::uint64_t seed) {
  if constexpr (std::is_same_v<Setting, NoSetting>)
    return run.template operator()<Net>(seed);
  else
    return run.template operator()<Net>(setting, seed);
}

template <class Setting, class Run, class First, class... Nets>
auto net_configurations(const std::string* names, const std::vector<Setting>& settings, const Run& run) {
  using Result = decltype(run_net<First>(run, std::declval<const Setting&>(), std::uint64_t{}));
  static_assert((std::is_same_v<Result, decltype(run_net<Nets>(run, settings[0], std::uint64_t{}))> && ...),
                "evomlp: for_each_net needs a function that returns the same type for each network");
  using Configuration = NetConfiguration<Result, Setting, Run>;
  const auto shared = std::make_shared<const Run>(run);
  std::vector<Configuration> all;
  for (const auto call : {&run_net<First, Setting, Run>, &run_net<Nets, Setting, Run>...}) {
    for (const Setting& setting : settings) {
      Configuration& one = all.emplace_back(Configuration{*names, setting, shared, call});
      if constexpr (!std::is_same_v<Setting, NoSetting>) one.name.append(", ").append(setting.name);
    }
    ++names;
  }
  return all;
}

}  // namespace detail

/// Each network of the list under its name, as a std::vector of NetConfiguration for run_experiments. `run` is a
/// function object whose call is a template of the network's type, a lambda for instance; there is one instance of it
/// for each network, and nothing else of the sweep is compiled more than once. It is copied once; what it captures by
/// reference must outlive the runs.
///
///     const auto nets = for_each_net<Plain<5>, Plain<10>>({"5 layers", "10 layers"},
///                                                         [&]<class Net>(std::uint64_t seed) { … });
///     const auto report = run_experiments(nets, {.seeds = 5});
template <class... Nets, std::size_t N, class Run>
auto for_each_net(const std::string (&names)[N], const Run& run) {
  static_assert(N == sizeof...(Nets), "evomlp: for_each_net needs as many names as networks");
  return detail::net_configurations<detail::NoSetting, Run, Nets...>(names, {detail::NoSetting{}}, run);
}

/// Each network with each setting, of any type with a `name`: "5 layers, lr 0.01". `run` gets the setting before the
/// seed, and is not compiled for each of them. What is not wanted can be taken out: `std::erase_if(nets, …)` with
/// `name` and `setting`.
///
///     struct Rate { std::string name; double lr; };
///     const std::vector<Rate> rates{{"lr 0.01", 0.01}, {"lr 0.1", 0.1}};
///     const auto nets = for_each_net<Plain<5>, Plain<10>>({"5 layers", "10 layers"}, rates,
///                                                         [&]<class Net>(const Rate& rate, std::uint64_t seed) { … });
template <class... Nets, std::size_t N, class Setting, class Run>
auto for_each_net(const std::string (&names)[N], const std::vector<Setting>& settings, const Run& run) {
  static_assert(N == sizeof...(Nets), "evomlp: for_each_net needs as many names as networks");
  return detail::net_configurations<Setting, Run, Nets...>(names, settings, run);
}

}  // namespace evomlp
