// SPDX-License-Identifier: MIT
// A lab program: measure into a CSV, then judge and draw that CSV. The parts are in the headers included here.
//
//     struct Shattered {
//       static constexpr const char* name = "shattered";
//       static constexpr const char* about = "What is asked, in two or three sentences.";
//       static constexpr lab::Scale scales[] = {lab::Scale::full};  // optional: beside smoke and standard
//       static void measure(lab::Run& run);
//       static lab::Claims judge(const lab::Results& results);
//       static void draw(const lab::Results& results, lab::Pictures& to);
//       static void print(const lab::Results& results);  // optional: a table of its own
//     };
//     int main(int argc, char** argv) { return lab::main<Shattered>(argc, argv); }
#pragma once

#include "claims.hpp"
#include "pictures.hpp"
#include "results.hpp"
#include "run.hpp"
#include "text.hpp"

#include <CLI/CLI.hpp>
#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

namespace lab {

/// Settings, then median and quartiles of each figure; of one along an axis only its last point.
inline void print(const Results& results) {
  for (const auto& [key, value] : results.settings()) std::printf("%s: %s\n", key.c_str(), value.c_str());
  evomlp::TextTable table({"figure", "configuration", "runs", "25 %", "median", "75 %"}, 2);
  for (std::size_t i = 0; i < results.figures().size(); ++i) {
    const std::string& figure = results.figures()[i];
    const std::string axis = figure.substr(0, figure.find('@') + 1);
    if (!axis.empty() && i + 1 < results.figures().size() && results.figures()[i + 1].starts_with(axis)) continue;
    for (const std::string& configuration : results.configurations()) {
      if (!results.has(configuration, figure)) continue;
      const std::vector<double> values = results.values(configuration, figure);
      const Quartiles q = quartiles_of(values);
      table.add({figure, configuration, std::to_string(values.size()), number(q.lower), number(q.median),
                 number(q.upper)});
    }
  }
  std::printf("\n%s\n", table.text().c_str());
}

/// The runs that failed, and why: no figure or verdict knows of them.
inline void print_failures(const Results& results) {
  for (const evomlp::ExperimentRun& run : results.runs())
    if (!run.failure.empty())
      std::printf("failed: %s, seed %s: %s\n", run.configuration.c_str(), std::to_string(run.seed).c_str(),
                  run.failure.c_str());
}

/// "HOLDS  claim:  evidence": there are two spaces in no claim.
inline void print(const Claims& claims) {
  const char* outcomes[] = {"HOLDS", "DOES NOT HOLD", "CAN'T TELL"};
  for (const Verdict& verdict : claims.verdicts())
    std::printf("%s  %s:  %s\n", outcomes[static_cast<int>(verdict.outcome)], verdict.claim.c_str(),
                verdict.evidence.c_str());
}

/// Whether an experiment has more than smoke and standard.
template <class Experiment>
constexpr bool has_scale(Scale scale) {
  if constexpr (requires { Experiment::scales; })
    return std::find(std::begin(Experiment::scales), std::end(Experiment::scales), scale) !=
           std::end(Experiment::scales);
  else
    return false;
}

/// Draws what the results have. Where runs failed, or the CSV is one that was given, a picture may lack its figures:
/// then it says so, and the pictures before it stay. In runs of our own that all ended well it is a mistake of the
/// program, and thrown on.
template <class Experiment>
void draw(const Results& results, const std::filesystem::path& out, bool is_given) {
  Pictures pictures(out);
  try {
    Experiment::draw(results, pictures);
  } catch (const MissingError& error) {
    const auto failed = [](const evomlp::ExperimentRun& run) { return !run.failure.empty(); };
    if (!is_given && std::none_of(results.runs().begin(), results.runs().end(), failed)) throw;
    std::fprintf(stderr, "%s: not all pictures were drawn: %s\n", Experiment::name, error.what());
  }
}

/// The main function of a lab program. Returns 0 where the experiment was made, whatever came out; a claim that doesn't
/// hold, or can't be told, is a result, and no error.
template <class Experiment>
int main(int argc, char** argv) {
  CommandLine line{.program = Experiment::name, .out = {}, .data = "data/mnist"};
  bool smoke = false, medium = false, full = false;
  std::filesystem::path from;
  CLI::App app(Experiment::about);
  app.add_option("--out", line.out, std::string("folder for the CSV and the pictures; default: lab-output/") +
                                        Experiment::name + ", with -medium, -full or -smoke where that is asked for");
  app.add_option("--seeds", line.seeds, "runs of each configuration; default: the program's own")
      ->check(CLI::PositiveNumber);
  app.add_option("--threads", line.threads, "runs at a time; 0: as many as there are cores")->capture_default_str();
  app.add_option("--data", line.data, "folder with MNIST, for programs that use it if it is there")
      ->capture_default_str();
  auto* const scales = app.add_option_group("scales");
  scales->add_flag("--smoke", smoke, "seconds: only to see that it runs");
  if (has_scale<Experiment>(Scale::medium)) scales->add_flag("--medium", medium, "more than the default");
  if (has_scale<Experiment>(Scale::full)) scales->add_flag("--full", full, "the whole experiment");
  scales->require_option(0, 1);
  app.add_option("--from", from, "no runs: judge and draw this CSV")->check(CLI::ExistingFile);
  CLI11_PARSE(app, argc, argv);
  line.scale = smoke ? Scale::smoke : medium ? Scale::medium : full ? Scale::full : Scale::standard;
  if (line.out.empty()) {
    line.out = std::filesystem::path("lab-output") / Experiment::name;
    if (line.scale != Scale::standard) line.out += std::string("-") + name_of(line.scale);
  }
  try {
    std::filesystem::create_directories(line.out);
    const bool is_given = !from.empty();
    if (!is_given) {
      Run run(line);
      Experiment::measure(run);
      from = run.csv();
    }
    const Results results(from);
    if constexpr (requires { Experiment::print(results); }) Experiment::print(results);
    else print(results);
    print_failures(results);
    print(Experiment::judge(results));
    draw<Experiment>(results, line.out, is_given);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", Experiment::name, error.what());
    return 1;
  }
}

}  // namespace lab
