# SPDX-License-Identifier: MIT
# The optional components, for this project's own build and, installed beside evomlpConfig.cmake, for its users. Each is a
# name in this list and four lines: what find_package is asked for, the target that this must give, what that is in words,
# and the component's headers.
set(evomlp_components files mpi)

set(evomlp_files_package ZLIB)
set(evomlp_files_target ZLIB::ZLIB)
set(evomlp_files_needs "zlib (Debian and Ubuntu: zlib1g-dev)")
set(evomlp_files_headers io/deflate.hpp io/gzip.hpp io/model_npz.hpp io/npz.hpp io/zip_reader.hpp io/zip_writer.hpp)

set(evomlp_mpi_package MPI COMPONENTS CXX)
set(evomlp_mpi_target MPI::MPI_CXX)
set(evomlp_mpi_needs "MPI (Debian and Ubuntu: libopenmpi-dev)")
set(evomlp_mpi_headers distributed/mpi.hpp distributed/mpi_call.hpp distributed/mpi_exchange.hpp distributed/mpi_mail.hpp
    distributed/mpi_sum.hpp distributed/mpi_watch.hpp)

# Finds what a component needs. Sets <missing> to one sentence about what is missing, or to "". (A function: of what
# find_package sets, nothing but the targets is for others.)
function(evomlp_find_component component missing)
  set(${missing} "" PARENT_SCOPE)
  if(NOT component IN_LIST evomlp_components)
    list(JOIN evomlp_components ", " known)
    set(${missing} "evomlp has no component \"${component}\"; it has: ${known}." PARENT_SCOPE)
  elseif(NOT TARGET ${evomlp_${component}_target})
    find_package(${evomlp_${component}_package} QUIET)
    if(NOT TARGET ${evomlp_${component}_target})
      list(JOIN evomlp_${component}_package " " package)
      string(CONCAT sentence "evomlp's component ${component} needs ${evomlp_${component}_needs}, which "
             "find_package(${package}) does not find: install it or add its prefix to CMAKE_PREFIX_PATH.")
      set(${missing} "${sentence}" PARENT_SCOPE)
    endif()
  endif()
endfunction()
