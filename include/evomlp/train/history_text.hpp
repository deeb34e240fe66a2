// SPDX-License-Identifier: MIT
// A History as CSV and as JSON.
#pragma once

#include "evomlp/callbacks/epoch_csv.hpp"
#include "evomlp/callbacks/report.hpp"
#include "evomlp/io/json_writer.hpp"

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// The columns of CsvLog, since the lines are made from the same reports.
std::string history_csv(const auto& history) {
  const auto report = [&](std::size_t epoch, std::vector<MetricValue>& metrics) {
    const auto at = [&](const std::vector<double>& figures) {
      return epoch < figures.size() ? figures[epoch] : std::numeric_limits<double>::quiet_NaN();
    };
    const auto if_any = [&](const std::vector<double>& figures) {
      return figures.empty() ? std::nullopt : std::optional(at(figures));
    };
    metrics.clear();
    for (const std::string& name : history.metric_names()) metrics.push_back({name, at(history.metric(name))});
    return EpochReport{.epoch = static_cast<int>(epoch),
                       .loss = at(history.loss),
                       .lr = at(history.lr),
                       .seconds = at(history.seconds),
                       .validation_loss = if_any(history.validation_loss),
                       .accuracy = if_any(history.accuracy),
                       .clipped_share = if_any(history.clipped_share),
                       .metrics = metrics};
  };
  std::vector<MetricValue> metrics;
  std::string text = csv_header(report(0, metrics));
  for (std::size_t epoch = 0; epoch < history.loss.size(); ++epoch) text += csv_line(report(epoch, metrics));
  return text;
}

std::string history_json(const auto& history) {
  JsonWriter json;
  json.object([&] {
    json.key("epochs").value(history.epochs());
    json.key("best_epoch");
    if (history.best_epoch() < 0) json.null();
    else json.value(history.best_epoch() + 1);
    json.key("stop_reason").value(to_string(history.stop_reason()));
    json.key("stop_message").value(history.stop_message());
    json.key("figures").object([&] {
      for (const auto& [name, figures] :
           {std::pair("loss", &history.loss), std::pair("validation_loss", &history.validation_loss),
            std::pair("accuracy", &history.accuracy), std::pair("lr", &history.lr),
            std::pair("clipped_share", &history.clipped_share), std::pair("seconds", &history.seconds)})
        if (!figures->empty()) json.key(name).value(*figures);
    });
    json.key("metrics").object([&] {
      for (const std::string& name : history.metric_names()) json.key(name).value(history.metric(name));
    });
    json.key("layer_clipped_share").value(history.layer_clipped_share);
    json.key("environment").object([&] {
      for (const auto& [name, value] : history.environment()) json.key(name).value(value);
    });
  });
  return std::string(json.text());
}

}  // namespace evomlp::detail
