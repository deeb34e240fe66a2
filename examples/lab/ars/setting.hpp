// SPDX-License-Identifier: MIT
// What a run of the founding experiment is told beside its network, and how it is called in the CSV.
#pragma once

#include "../support/text.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace ars {

using lab::exact;
using lab::text;

enum class Clip { none, gradient, update };
enum class Data { circles, standardised_circles, spirals };

struct Setting {
  double start = 1;  // of the blocks' weights, times He
  Clip clip = Clip::none;
  double lr = 1e-3;
  Data data = Data::circles;
  int epochs = 150;
  double like = 1;  // λ = 1 in place of this λ: start × λ, rate × λ, ε / λ, gradient clip / λ, update clip × λ
  std::string name{};
};

inline Setting named(Setting setting) {
  constexpr const char* clips[] = {", no clip", ", gradient clip 1", ", update clip 1"};
  setting.name = text(setting.data == Data::spirals ? "spirals, " : "",
                      setting.start == 1 ? "He" : exact(setting.start) + " x He", clips[static_cast<int>(setting.clip)],
                      ", lr ", exact(setting.lr));
  if (setting.like != 1) setting.name += ", scaled like lambda " + exact(setting.like);
  return setting;
}

/// Every start with every clip and every rate.
inline std::vector<Setting> settings(const std::vector<double>& starts, const std::vector<Clip>& clips,
                                     const std::vector<double>& rates, Data data = Data::circles, int epochs = 150) {
  std::vector<Setting> all;
  for (const double start : starts)
    for (const Clip clip : clips)
      for (const double lr : rates)
        all.push_back(named({.start = start, .clip = clip, .lr = lr, .data = data, .epochs = epochs}));
  return all;
}

/// Of a run in the CSV, as for_each_net calls it.
inline std::string name_of(const std::string& net, const Setting& setting) { return net + ", " + named(setting).name; }

inline constexpr double target = 0.0397;  // the paper's plain net at epoch 140

}  // namespace ars
