// SPDX-License-Identifier: MIT
// A run of a lab program: its command line, its settings, and the one call that makes all its runs.
#pragma once

#include "text.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lab {

/// smoke: seconds, for the tests; standard: no argument, below two minutes; medium and full: where a program says
/// that it has them.
enum class Scale { smoke, standard, medium, full };

inline const char* name_of(Scale scale) {
  constexpr const char* names[] = {"smoke", "standard", "medium", "full"};
  return names[static_cast<int>(scale)];
}

/// What a run returns: its figures by name. One along an axis is a column for each point: figures.add("loss", 20, …)
/// is "loss@20". A figure that makes no sense for a configuration is left out.
class Figures : public std::vector<std::pair<std::string, double>> {
 public:
  using vector::vector;
  Figures& add(const std::string& name, double value) {
    emplace_back(name, value);
    return *this;
  }
  Figures& add(const std::string& name, double at, double value) { return add(name + "@" + exact(at), value); }
};

/// The names of such columns: along("loss", {0, 10, 20}) are loss@0, loss@10, loss@20.
template <class Number>
std::vector<std::string> along(const std::string& name, const std::vector<Number>& points) {
  std::vector<std::string> names;
  for (const Number& at : points) names.push_back(name + "@" + exact(at));
  return names;
}

struct CommandLine {
  std::string program;
  std::filesystem::path out, data;
  int seeds = 0, threads = 0;  ///< 0: the program's own, all cores
  Scale scale = Scale::standard;
};

/// A configuration that runs itself, for programs that measure several different things.
struct Case {
  std::string name;
  std::function<Figures(std::uint64_t seed)> run;
  Figures operator()(std::uint64_t seed) const { return run(seed); }
};

class Run {
 public:
  explicit Run(CommandLine line) : line_(std::move(line)) { settings_.emplace_back("scale", name_of(line_.scale)); }

  Scale scale() const { return line_.scale; }
  const std::filesystem::path& out() const { return line_.out; }    ///< the folder for files of one's own; exists
  const std::filesystem::path& data() const { return line_.data; }  ///< where MNIST may be
  std::filesystem::path csv() const { return line_.out / (line_.program + ".csv"); }

  /// What fits the scale: by_scale(2, 50) or by_scale(2, 50, 100, 300); medium and full, in programs that have them, are
  /// like standard unless given.
  template <class T>
  T by_scale(T smoke, T standard) const {
    return by_scale(smoke, standard, standard, standard);
  }
  template <class T>
  T by_scale(T smoke, T standard, T medium, T full) const {
    const T values[] = {smoke, standard, medium, full};
    return values[static_cast<int>(line_.scale)];
  }

  /// A setting of the experiment: returned as it is, printed, and written at the top of the CSV.
  template <class T>
  T setting(const std::string& key, T value) {
    if constexpr (std::floating_point<T>) settings_.emplace_back(key, exact(value));
    else settings_.emplace_back(key, text(value));
    return value;
  }

  /// Seeds of each configuration: --seeds, or so many; in a smoke test two at most. No setting: a file is gone on with
  /// for more of them. Every program says it, before its experiments.
  int seeds(int standard) {
    seeds_ = line_.seeds > 0 ? line_.seeds : line_.scale == Scale::smoke ? (std::min)(standard, 2) : standard;
    return seeds_;
  }

  /// Says how the run falls short of the whole experiment. Printed, and written at the top of the CSV.
  void left_out(const std::string& what) {
    const auto at = std::find_if(settings_.begin(), settings_.end(),
                                 [](const auto& setting) { return setting.first == "left out"; });
    if (at == settings_.end()) settings_.emplace_back("left out", what);
    else at->second += "; " + what;
  }

  /// For what takes long: takes("6 hours on two cores") says so before it begins.
  void takes(std::string_view how_long) const {
    std::printf("expected to take %.*s; can be stopped and called again, it goes on where it was\n",
                static_cast<int>(how_long.size()), how_long.data());
    std::fflush(stdout);
  }

  /// Calls function(configuration, seed) -> Figures for each configuration and seed, on all cores, into csv(). Runs
  /// that are there already aren't made again. Once in a program.
  template <class Configuration, class Function>
  void experiments(const std::vector<Configuration>& configurations, const std::vector<std::string>& figures,
                   const Function& function) const {
    evomlp::run_experiments(configurations, options(figures), function);
  }
  /// The same for configurations of evomlp::for_each_net, which run themselves.
  template <class Configuration>
  void experiments(const std::vector<Configuration>& configurations, const std::vector<std::string>& figures) const {
    evomlp::run_experiments(configurations, options(figures));
  }

 private:
  evomlp::ExperimentOptions options(const std::vector<std::string>& figures) const {
    if (seeds_ == 0) throw evomlp::Error("experiments before run.seeds(): how many seeds?");
    evomlp::ExperimentOptions options{.seeds = seeds_,
                                      .threads = line_.threads,
                                      .figures = {},
                                      .csv = csv(),
                                      .settings = settings_,
                                      .progress = true};
    for (const std::string& figure : figures) options.figures.push_back({.name = figure, .optional = true});
    return options;
  }

  CommandLine line_;
  int seeds_ = 0;  // not said yet
  evomlp::ExperimentSettings settings_{};
};

/// Lists of figures one after another: all({"accuracy"}, along("loss", steps)).
template <class... Lists>
std::vector<std::string> all(std::vector<std::string> first, const Lists&... more) {
  (first.insert(first.end(), more.begin(), more.end()), ...);
  return first;
}

}  // namespace lab
