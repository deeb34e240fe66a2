// SPDX-License-Identifier: MIT
// The progress lines: plain ones into a pipe or file, one that is redrawn on a terminal. Only where POSIX lets a test
// look: elsewhere this file is empty but for the first case.
#include "evomlp/train/progress_bar.hpp"

#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/train/fit.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <string>

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

void train(bool progress, bool with_validation) {
  const auto data = evomlp_test::two_sides<float>(40, 3), validation = evomlp_test::two_sides<float>(10, 3, 1, 2);
  Model<Sequential<Linear<3, 1>>> model(init::he_normal(), 1);
  FitOptions options{.epochs = 3, .batch_size = 8, .progress = progress};
  if (with_validation) options.validation = &validation;
  fit(model, data, BCEWithLogitsLoss{}, Adam{.lr = 0.25}, options);
}

std::string in_pipe(bool progress, bool with_validation) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  {
    const Redirected to_pipe(ends[1]);
    train(progress, with_validation);
  }
  ::close(ends[1]);
  const std::string text = read_all(ends[0]);
  ::close(ends[0]);
  return text;
}

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

TEST_CASE("on a terminal: one line, redrawn, ended once") {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) return;  // no terminals here
  const char* const name = ::ptsname(master);
  REQUIRE(name != nullptr);
  const int terminal = ::open(name, O_RDWR | O_NOCTTY);
  REQUIRE(terminal >= 0);
  {
    const Redirected to_terminal(terminal);
    train(true, true);
  }
  const std::string text = read_all(master);
  ::close(terminal);
  ::close(master);
  CAPTURE(text);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(text.back() == '\n');
  CHECK(contains(text, "\r\033[Kepoch 1/3  step 1/5  loss "));  // the first step is always drawn
  CHECK(contains(text, "\r\033[Kepoch 3/3  loss "));
}
#endif
