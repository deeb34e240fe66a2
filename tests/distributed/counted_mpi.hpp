// SPDX-License-Identifier: MIT
// What a program gives to MPI's sums, counted: MPI's functions are put before the library's own (its profiling interface).
// To be included by one file of a program.
#pragma once

#include "evomlp/distributed/mpi_call.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace evomlp_test {

/// Which bytes of memory this process has given to be summed, in the order of the calls.
struct Given {
  const std::byte* begin;
  std::size_t bytes;
};
inline std::vector<Given>& given() {
  static std::vector<Given> all;
  return all;
}

inline void note_given(const void* numbers, std::size_t count, MPI_Datatype type) {
  int size = 0;
  PMPI_Type_size(type, &size);
  if (count > 0) given().push_back({static_cast<const std::byte*>(numbers), count * static_cast<std::size_t>(size)});
}

/// Whether what was given is exactly these bytes, each once.
inline bool is_given_once(const void* numbers, std::size_t bytes) {
  auto all = given();
  std::sort(all.begin(), all.end(), [](const Given& a, const Given& b) { return a.begin < b.begin; });
  const auto* next = static_cast<const std::byte*>(numbers);
  for (const Given& one : all) {
    if (one.begin != next) return false;
    next += one.bytes;
  }
  return next == static_cast<const std::byte*>(numbers) + bytes;
}

}  // namespace evomlp_test

extern "C" {

int MPI_Iallreduce(const void* send, void* receive, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm,
                   MPI_Request* request) {
  evomlp_test::note_given(receive, static_cast<std::size_t>(count), type);
  return PMPI_Iallreduce(send, receive, count, type, op, comm, request);
}

// The first half of a sum in the order of ranks: a slice to each.
int MPI_Ialltoallv(const void* send, const int* send_counts, const int* send_begins, MPI_Datatype send_type,
                   void* receive, const int* counts, const int* begins, MPI_Datatype type, MPI_Comm comm,
                   MPI_Request* request) {
  int size = 0;
  PMPI_Comm_size(comm, &size);
  int element = 0;
  PMPI_Type_size(send_type, &element);
  for (int r = 0; r < size; ++r)
    evomlp_test::note_given(static_cast<const std::byte*>(send) + std::ptrdiff_t{send_begins[r]} * element,
                            static_cast<std::size_t>(send_counts[r]), send_type);
  return PMPI_Ialltoallv(send, send_counts, send_begins, send_type, receive, counts, begins, type, comm, request);
}

}  // extern "C"
