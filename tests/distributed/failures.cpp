// SPDX-License-Identifier: MIT
// mpirun -np N failures HOW [caught]: N processes sum again and again, until something happens to rank 1. `caught`: main
// catches the exception where Mpi still lives.
#include "evomlp/distributed/mpi.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace evomlp;

namespace {

void happen(const std::string& how, Mpi& mpi) {
  if (how == "killed") std::raise(SIGKILL);
  if (how == "exits") std::_Exit(0);
  if (how == "told") std::raise(SIGTERM);
  if (how == "hangs")
    for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
  if (how == "throws") throw DataError("row 7 is bad");
  if (how == "leaves") {
    mpi.leave("row 7 is bad");
    throw DataError("row 7 is bad");
  }
}

void sum_for_ever(Mpi& mpi, const std::string& how) {
  const auto scope = mpi.scope();
  const auto gradients = std::make_shared<std::vector<float>>(20'000, 1.0f);
  std::vector<float> loss(1, 1.0f);
  try {
    for (int step = 0;; ++step) {
      mpi.begin_sum(*gradients);
      mpi.sum(loss);
      mpi.finish_sums();
      if (step == 200 && mpi.rank() == 1) happen(how, mpi);
    }
  } catch (...) {
    mpi.keep(gradients);  // MPI may still write to them
    throw;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string how = argc > 1 ? argv[1] : "";
  try {
    Mpi mpi({.timeout = how == "hangs" ? 1.0 : 60.0});
    try {
      sum_for_ever(mpi, how);
    } catch (const Error& error) {
      if (argc < 3) throw;
      std::fprintf(stderr, "%s\n", error.what());
      return 1;
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
