// SPDX-License-Identifier: MIT
// What DepthProbe and init_report saw: tables to read, CSV to draw, and advice.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/csv_line.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/text_table.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/core/write_file.hpp"
#include "evomlp/diagnostics/depth_figures.hpp"
#include "evomlp/diagnostics/depth_findings.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace evomlp {

struct DepthReport {
  std::vector<LayerPlace> places{};        ///< of the layers and blocks, in the order in which they run
  std::vector<DepthSnapshot> snapshots{};  ///< in the order of the steps

  /// A layer's figures in a snapshot. Throws Error for a path or a snapshot that isn't there.
  template <class = detail::WhereCalled>
  const LayerFigures& layer(std::string_view path, std::size_t snapshot = 0) const {
    if (snapshot >= snapshots.size())
      throw Error(detail::concat({"DepthReport: snapshot ", snapshot, " of ", snapshots.size()}));
    for (std::size_t i = 0; i < places.size(); ++i)
      if (places[i].path == path) return snapshots[snapshot].layers[i];
    throw Error(detail::concat({"DepthReport: no layer '", path, "'"}));
  }

  /// One finding per kind of fault, where it first shows.
  template <class = detail::WhereCalled>
  std::vector<DepthFinding> findings(const DepthThresholds& thresholds = {}) const {
    return detail::depth_findings(places, snapshots, thresholds);
  }

  /// The table of the first snapshot and that of the last, then a line for each finding. Columns that say nothing for
  /// any layer are left out.
  template <class = detail::WhereCalled>
  std::string to_string(const DepthThresholds& thresholds = {}) const {
    if (snapshots.empty()) return "no step was looked at\n";
    std::string text = table(snapshots.front());
    if (snapshots.size() > 1) text += "\n" + table(snapshots.back());
    for (const DepthFinding& one : findings(thresholds)) text += detail::concat({"\n", one.advice, "\n"});
    return text;
  }
  template <class = detail::WhereCalled>
  void print(std::FILE* to = stdout) const {
    std::fputs(to_string().c_str(), to);
  }

  /// A line for each snapshot and layer: epoch and step (from 1), loss, path, layer, then the figures; what has no
  /// meaning is empty. Numbers in their shortest exact form. Written whole or not at all; throws FileError.
  template <class = detail::WhereCalled>
  void write_csv(const std::filesystem::path& path) const {
    detail::CsvLine header;
    for (const char* const name : {"epoch", "step", "loss", "path", "layer"}) header.add(name);
    for (const LayerFigures::Column& column : LayerFigures::columns) header.add(column.name);
    std::string text = header.text();
    for (const DepthSnapshot& at : snapshots)
      for (std::size_t i = 0; i < places.size(); ++i) {
        detail::CsvLine line;
        line.add(std::to_string(at.epoch + 1)).add(std::to_string(at.step + 1)).add(number(at.loss, 0));
        line.add(places[i].path).add(places[i].layer);
        for (const LayerFigures::Column& column : LayerFigures::columns)
          line.add(number(at.layers[i].*column.figure, 0));
        text += line.text();
      }
    write_file(path, text);
  }

  void remember(auto& memory) {
    std::vector<std::string> paths, layers;
    for (const LayerPlace& place : places) paths.push_back(place.path), layers.push_back(place.layer);
    std::vector<int> epochs;
    std::vector<std::uint64_t> steps;
    std::vector<double> numbers;
    for (const DepthSnapshot& at : snapshots) {
      epochs.push_back(at.epoch), steps.push_back(at.step), numbers.push_back(at.loss);
      for (const LayerFigures& one : at.layers)
        for (const LayerFigures::Column& column : LayerFigures::columns) numbers.push_back(one.*column.figure);
    }
    memory("paths", paths);
    memory("layers", layers);
    memory("epochs", epochs);
    memory("steps", steps);
    memory("numbers", numbers);
    memory.require(layers.size() == paths.size() && steps.size() == epochs.size() &&
                       numbers.size() == steps.size() * (1 + paths.size() * LayerFigures::columns.size()),
                   "numbers", "of as many layers and steps");
    *this = {};
    for (std::size_t i = 0; i < paths.size(); ++i) places.push_back({paths[i], layers[i]});
    auto next = numbers.begin();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      DepthSnapshot& at = snapshots.emplace_back(DepthSnapshot{epochs[i], steps[i], *next++, {}});
      at.layers.resize(places.size());
      for (LayerFigures& one : at.layers)
        for (const LayerFigures::Column& column : LayerFigures::columns) one.*column.figure = *next++;
    }
  }

 private:
  /// Nothing for a NaN.
  static std::string number(double value, int digits) {
    return value == value ? detail::number_text(value, digits) : std::string();
  }

  template <class = detail::WhereCalled>
  std::string table(const DepthSnapshot& at) const {
    std::vector<LayerFigures::Column> shown;
    for (const LayerFigures::Column& column : LayerFigures::columns)
      for (const LayerFigures& one : at.layers)
        if (one.*column.figure == one.*column.figure) {
          shown.push_back(column);
          break;
        }
    std::vector<std::string> header{"path", "layer"};
    for (const LayerFigures::Column& column : shown) header.emplace_back(column.name);
    TextTable rows(header, 2);
    for (std::size_t i = 0; i < places.size(); ++i) {
      std::vector<std::string> row{places[i].path, places[i].layer};
      for (const LayerFigures::Column& column : shown) row.push_back(number(at.layers[i].*column.figure, 3));
      rows.add(row);
    }
    const std::string loss = at.loss == at.loss ? ", loss " + detail::number_text(at.loss, 4) : "";
    return detail::concat({"epoch ", at.epoch + 1, ", step ", at.step + 1, loss, "\n", rows.text()});
  }
};

}  // namespace evomlp
