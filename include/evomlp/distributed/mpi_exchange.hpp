// SPDX-License-Identifier: MIT
// Texts of any lengths from each process to all.
#pragma once

#include "evomlp/distributed/mpi_call.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// What each process gave, by rank. A text is sent from the string that is returned, and received into it: one that is
/// long costs no memory twice. wait(is_done) has to wait; when it throws, keep(owner) gets what MPI may still write to.
inline std::vector<std::string> mpi_exchange(const std::string& own, MPI_Comm comm, int rank, int size, auto wait,
                                             auto keep) {
  struct Memory {
    std::vector<std::uint64_t> lengths;
    std::vector<std::string> texts;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  const auto memory = std::make_shared<Memory>();
  auto& [lengths, texts, request] = *memory;
  try {
    lengths.assign(static_cast<std::size_t>(size), own.size());
    mpi_call(MPI_Iallgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, lengths.data(), 1, MPI_UINT64_T, comm, &request),
             "MPI_Iallgather");
    wait([&memory] { return mpi_test(memory->request, "MPI_Iallgather"); });
    texts.resize(lengths.size());
    for (int r = 0; r < size; ++r) {
      std::string& text = texts[static_cast<std::size_t>(r)];
      if (r == rank)
        text = own;
      else
        text.resize(static_cast<std::size_t>(lengths[static_cast<std::size_t>(r)]));
      constexpr std::size_t largest = std::size_t{1} << 30;  // an int counts the characters
      for (std::size_t i = 0; i < text.size(); i += largest) {
        mpi_call(MPI_Ibcast(text.data() + i, static_cast<int>((std::min)(largest, text.size() - i)), MPI_CHAR, r, comm,
                            &request),
                 "MPI_Ibcast");
        wait([&memory] { return mpi_test(memory->request, "MPI_Ibcast"); });
      }
    }
  } catch (...) {
    keep(memory);
    throw;
  }
  return std::move(texts);
}

}  // namespace evomlp::detail
