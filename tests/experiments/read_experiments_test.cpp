// SPDX-License-Identifier: MIT
#include "evomlp/experiments/read_experiments.hpp"

#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace evomlp;
using evomlp_test::contains;
using evomlp_test::message_of;

namespace {

struct File {
  TemporaryFolder folder{};
  std::filesystem::path path = folder.path() / "runs.csv";

  ExperimentRuns read(const std::string& text) const {
    std::ofstream(path, std::ios::binary) << text;
    return read_experiments(path);
  }
  std::string error(const std::string& text) const {
    return message_of<FileError>([&] { read(text); }).substr(path.string().size());
  }
};

}  // namespace

TEST_CASE("settings, figures and runs come back; what was cut off is left out") {
  const File file;
  const std::string whole =
      "# lr: 0.1\n# note: a: b\nconfiguration,seed,loss,\"a \"\"b\"\"\",failure\n"
      "\"x, y\",3,0.5,,\nz,18446744073709551615,,,\"it, failed\"\n";
  for (const char* torn : {"", "z", "z,1,1", "\"z"}) {
    const auto all = file.read(whole + torn);
    CHECK(all.settings == ExperimentSettings{{"lr", "0.1"}, {"note", "a: b"}});
    CHECK(all.figures == std::vector<std::string>{"loss", "a \"b\""});
    REQUIRE(all.runs.size() == 2);
    CHECK(all.runs[0].configuration == "x, y");
    CHECK(all.runs[0].seed == 3);
    CHECK(all.runs[0].figures[0] == 0.5);
    CHECK(all.runs[0].figures[1] != all.runs[0].figures[1]);
    CHECK(all.runs[1].seed == 18446744073709551615u);
    CHECK(all.runs[1].failure == "it, failed");
    CHECK(all.runs[1].figures.empty());
  }
}

TEST_CASE("a file without settings, one without runs, one with Windows' line ends") {
  const File file;
  CHECK(file.read("configuration,seed,loss,failure\na,0,1,\n").runs.size() == 1);
  CHECK(file.read("# a: 1\nconfiguration,seed,loss,failure\n").runs.empty());
  const auto windows = file.read("# a: 1\r\nconfiguration,seed,loss,failure\r\na,0,1,\r\n");
  CHECK(windows.settings == ExperimentSettings{{"a", "1"}});
  CHECK(windows.runs.size() == 1);
}

TEST_CASE("any other file is an error with its place") {
  const File file;
  const std::string header = "configuration,seed,loss,failure\n";
  for (const char* empty : {"", "# a: 1", "# a: 1\n", "configuration,seed"})
    CHECK(file.error(empty) == ": is empty, expected runs of an experiment");
  CHECK(file.error("# a: 1\n#b\n" + header) == ": line 2: is '#b', expected a setting, '# key: value'");
  for (const char* other : {"a,b,c,d\n", "configuration,seed,failure\n", "configuration,seed,loss,seconds\n", "1\n"})
    CHECK(contains(file.error(other), ": holds no runs of an experiment: its columns are not configuration, seed"));
  CHECK(file.error("# a: 1\n" + header + "a,0,x,\n") == ": line 3, column 3 (\"loss\"): is 'x', expected a number");
  CHECK(contains(file.error(header + "a,-1,1,\n"), ": line 2, column 2 (\"seed\"): is '-1', expected a whole number"));
  CHECK(contains(file.error(header + "a,1,1,\na,1,1,\n"), ": line 3, column 2 (\"seed\"): configuration 'a' with"));
  CHECK(contains(file.error(header + "a,1,1\n"), ": line 2, column 3 (\"loss\"): the row ends here"));
  CHECK(contains(message_of<FileError>([&] { read_experiments(file.folder.path() / "none.csv"); }), "no such file"));
}
