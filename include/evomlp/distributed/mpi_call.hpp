// SPDX-License-Identifier: MIT
// MPI's C functions as C++ wants them: errors as exceptions, element types by T, a communicator of one's own.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/cxx20.hpp"
#include "evomlp/core/error.hpp"

#if !__has_include(<mpi.h>)
#error "evomlp/distributed/mpi.hpp needs MPI, which is not where the compiler looks: install it (Debian and Ubuntu: \
libopenmpi-dev), and compile with mpicxx, or with CMake and the target evomlp::mpi"
#include <evomlp_stops_here>  // see core/cxx20.hpp
#endif

// MPI's former C++ bindings, which nothing here uses, would want one more library.
#ifndef OMPI_SKIP_MPICXX
#define OMPI_SKIP_MPICXX 1
#endif
#ifndef MPICH_SKIP_MPICXX
#define MPICH_SKIP_MPICXX 1
#endif
#include <mpi.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>

namespace evomlp::detail {

/// An MPI function has returned an error.
struct MpiFailure : TrainingError {
  using TrainingError::TrainingError;
};

/// mpi_call(MPI_Function(…), "MPI_Function")
inline void mpi_call(int code, const char* function) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  if (MPI_Error_string(code, text.data(), &length) != MPI_SUCCESS) length = 0;
  throw MpiFailure(concat({function, " failed: ", std::string_view(text.data(), static_cast<std::size_t>(length))}));
}

template <class T>
MPI_Datatype mpi_type() {
  static_assert(std::same_as<T, float> || std::same_as<T, double>);
  if constexpr (std::same_as<T, float>)
    return MPI_FLOAT;
  else
    return MPI_DOUBLE;
}

inline bool mpi_test(MPI_Request& request, const char* function) {
  int done = 0;
  mpi_call(MPI_Test(&request, &done, MPI_STATUS_IGNORE), function);
  return done != 0;
}

/// A duplicate of a communicator, on which nobody else's messages are met and errors are returned. Given back by `free`
/// alone, since that needs all processes.
class MpiComm {
 public:
  explicit MpiComm(MPI_Comm like) {
    mpi_call(MPI_Comm_dup(like, &comm_), "MPI_Comm_dup");
    mpi_call(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  }
  MpiComm(const MpiComm&) = delete;
  MpiComm& operator=(const MpiComm&) = delete;

  void free() { MPI_Comm_free(&comm_); }
  operator MPI_Comm() const { return comm_; }

  int rank() const {
    int rank = 0;
    mpi_call(MPI_Comm_rank(comm_, &rank), "MPI_Comm_rank");
    return rank;
  }
  int size() const {
    int size = 0;
    mpi_call(MPI_Comm_size(comm_, &size), "MPI_Comm_size");
    return size;
  }

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
};

}  // namespace evomlp::detail
