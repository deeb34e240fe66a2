// SPDX-License-Identifier: MIT
// Texts of any lengths from each process to all.
#pragma once

#include "evomlp/distributed/mpi_call.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace evomlp::detail {

/// What each process gave, by rank. A text is sent from the string that is returned, and received into it: one that is
/// long costs no memory twice. wait(is_done) has to wait.
inline std::vector<std::string> mpi_exchange(const std::string& own, MPI_Comm comm, int rank, int size, auto wait) {
  std::vector<std::uint64_t> lengths(static_cast<std::size_t>(size), own.size());
  MPI_Request request = MPI_REQUEST_NULL;
  mpi_call(MPI_Iallgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, lengths.data(), 1, MPI_UINT64_T, comm, &request),
           "MPI_Iallgather");
  wait([&] { return mpi_test(request, "MPI_Iallgather"); });

  std::vector<std::string> texts(lengths.size());
  for (int r = 0; r < size; ++r) {
    std::string& text = texts[static_cast<std::size_t>(r)];
    if (r == rank) text = own;
    else text.resize(static_cast<std::size_t>(lengths[static_cast<std::size_t>(r)]));
    constexpr std::size_t largest = std::size_t{1} << 30;  // of what an int counts
    for (std::size_t i = 0; i < text.size(); i += largest) {
      mpi_call(MPI_Ibcast(text.data() + i, static_cast<int>((std::min)(largest, text.size() - i)), MPI_CHAR, r, comm,
                          &request),
               "MPI_Ibcast");
      wait([&] { return mpi_test(request, "MPI_Ibcast"); });
    }
  }
  return texts;
}

}  // namespace evomlp::detail
