// SPDX-License-Identifier: MIT
// The progress lines: plain ones into a pipe or file, one that is redrawn on a terminal. Only where POSIX lets a test
// look: elsewhere this file is empty but for the first case.
#include "evomlp/callbacks/progress_bar.hpp"

#include "evomlp/callbacks/callback.hpp"
#include "evomlp/callbacks/early_stopping.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/train/fit.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#if !defined(_WIN32)
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#endif

using namespace evomlp;
using evomlp_test::contains;

TEST_CASE("a progress bar is a callback") { CHECK(Callback<ProgressBar>); }

#if !defined(_WIN32)
namespace {

/// Sends stderr to a descriptor while it lives.
class Redirected {
 public:
  explicit Redirected(int to) : before_(::dup(2)) {
    std::fflush(stderr);
    REQUIRE(before_ >= 0);
    REQUIRE(::dup2(to, 2) == 2);
  }
  ~Redirected() {
    std::fflush(stderr);
    ::dup2(before_, 2);
    ::close(before_);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;

 private:
  int before_;
};

/// All that can be read now.
std::string read_all(int from) {
  std::string text;
  char buffer[4096];
  ::fcntl(from, F_SETFL, O_NONBLOCK);
  for (ssize_t n = 0; (n = ::read(from, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
  return text;
}

void train(bool progress, bool with_validation, auto&&... extras) {
  const auto data = evomlp_test::two_sides<float>(40, 3), validation = evomlp_test::two_sides<float>(10, 3, 1, 2);
  Model<Sequential<Linear<3, 1>>> model(init::he_normal(), 1);
  FitOptions options{.epochs = 3, .batch_size = 8, .progress = progress};
  if (with_validation) options.validation = &validation;
  fit(model, data, BCEWithLogitsLoss{}, Adam{.lr = 0.25}, options, extras...);
}

/// What `run` writes to stderr.
std::string in_pipe(auto run) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  {
    const Redirected to_pipe(ends[1]);
    run();
  }
  ::close(ends[1]);
  const std::string text = read_all(ends[0]);
  ::close(ends[0]);
  return text;
}
std::string in_pipe(bool progress, bool with_validation) {
  return in_pipe([&] { train(progress, with_validation); });
}

/// The same for a terminal; empty where there are none.
std::string on_terminal(auto run) {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) return {};
  const char* const name = ::ptsname(master);
  REQUIRE(name != nullptr);
  const int terminal = ::open(name, O_RDWR | O_NOCTTY);
  REQUIRE(terminal >= 0);
  {
    const Redirected to_terminal(terminal);
    run();
  }
  const std::string text = read_all(master);
  ::close(terminal);
  ::close(master);
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n')
      lines.emplace_back();
    else if (c != '\r')
      lines.back() += c;  // a terminal ends lines with both
  }
  lines.pop_back();
  return lines;
}

/// "… 0:00:07 left" at the end of a line.
bool says_time_left(const std::string& line) {
  const std::string end = " left";
  if (line.size() < 14 || line.compare(line.size() - end.size(), end.size(), end) != 0) return false;
  const std::string time = line.substr(line.size() - end.size() - 7, 7);
  for (std::size_t i = 0; i < time.size(); ++i)
    if (i == 1 || i == 4 ? time[i] != ':' : std::isdigit(static_cast<unsigned char>(time[i])) == 0) return false;
  return true;
}

/// Stops after an epoch.
struct StopAfter {
  int epochs = 1;
  std::string why{};
  void on_epoch(const EpochReport& report) {
    if (report.epoch + 1 == epochs) report.fit.stop(StopReason::requested, why);
  }
};

}  // namespace

TEST_CASE("into a pipe: one plain line for each epoch, counted from 1") {
  const std::string text = in_pipe(true, true);
  CAPTURE(text);
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
  CHECK(text.find('\r') == std::string::npos);
  CHECK(text.find('\033') == std::string::npos);
  CHECK(text.rfind("epoch 1/3  loss ", 0) == 0);
  for (const char* part :
       {"\nepoch 2/3  loss ", "\nepoch 3/3  loss ", "  validation loss ", "  accuracy ", "  lr 0.25  ", " samples/s\n"})
    CHECK(contains(text, part));
}

TEST_CASE("figures without a source are not shown; nothing at all without progress") {
  const std::string text = in_pipe(true, false);
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
  CHECK(!contains(text, "validation"));
  CHECK(!contains(text, "accuracy"));
  CHECK(in_pipe(false, true).empty());
}

TEST_CASE("the time left, by the speed so far; none after the last epoch") {
  const auto lines = lines_of(in_pipe(true, true));
  REQUIRE(lines.size() == 3);
  CHECK(says_time_left(lines[0]));
  CHECK(says_time_left(lines[1]));
  CHECK(!contains(lines[2], "left"));
  CHECK(contains(lines[0], " samples/s  0:00:00 left"));
}

TEST_CASE("hours, minutes and seconds") {
  const std::string text = in_pipe([] {
    ProgressBar bar;
    bar.on_begin({.epochs = 2000000000, .steps = 1, .samples = 1000000});
    bar.on_step({.epochs = 2000000000, .steps = 1, .samples = 1000000});
    bar.on_epoch({.epochs = 2000000000, .samples = 1000000, .seconds = 1});
  });
  CAPTURE(text);
  CHECK(contains(text, "epoch 1/2000000000"));
  CHECK(contains(text, "  1000000 samples/s  "));
  CHECK(says_time_left(lines_of(text)[0]));
}

TEST_CASE("it says why training stopped early, and with what more there is to say") {
  const auto stopped = [](const std::string& why) {
    return lines_of(in_pipe([&] { train(true, false, StopAfter{2, why}); }));
  };
  auto lines = stopped("");
  REQUIRE(lines.size() == 3);
  CHECK(lines[2] == "stopped: a callback asked to stop");
  lines = stopped("it is good enough");
  REQUIRE(lines.size() == 3);
  CHECK(lines[2] == "stopped: a callback asked to stop: it is good enough");
  lines = lines_of(in_pipe([] { train(true, true, EarlyStopping{.patience = 1, .min_delta = 100}); }));
  REQUIRE(lines.size() == 3);
  CHECK(lines[2] == "stopped: no improvement for too long: 1 epoch without an improvement");
}

TEST_CASE("given as a callback it is the same, and serves a second run") {
  const auto without_figures = [](const std::string& line) { return line.substr(0, line.find("  loss")); };
  const auto lines = lines_of(in_pipe([] {
    ProgressBar bar;
    train(false, true, bar);
    train(false, false, bar);
  }));
  REQUIRE(lines.size() == 6);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(without_figures(lines[i]) == "epoch " + std::to_string(i + 1) + "/3");
    CHECK(without_figures(lines[3 + i]) == without_figures(lines[i]));
    CHECK(contains(lines[i], "validation loss"));
    CHECK(!contains(lines[3 + i], "validation loss"));  // the first run's is forgotten
  }
  CHECK(says_time_left(lines[3]));
}

TEST_CASE("on a terminal: one line, redrawn, ended once") {
  const std::string text = on_terminal([] { train(true, true); });
  if (text.empty()) return;  // no terminals here
  CAPTURE(text);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(text.back() == '\n');
  CHECK(contains(text, "\r\033[Kepoch 1/3  step 1/5  loss "));  // the first step is always drawn
  CHECK(contains(text, "\r\033[Kepoch 3/3  loss "));
  CHECK(contains(text, " left\r\033[Kepoch 3/3"));
}

TEST_CASE("on a terminal: the reason of a stop stands on a line of its own") {
  const std::string text = on_terminal([] { train(true, true, StopAfter{2, "enough"}); });
  if (text.empty()) return;
  CAPTURE(text);
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  CHECK(lines_of(text)[1] == "stopped: a callback asked to stop: enough");
}
#endif
