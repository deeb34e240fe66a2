# SPDX-License-Identifier: MIT
# Finds what evomlp::evomlp needs, and what it can use: for this project's own build and, installed beside evomlpConfig.cmake, for its users.

# Sets <missing> to one sentence about the first thing that is missing, or to "". A target that the parent project
# brought itself is taken as it is. xtensor and xtensor-blas are named both, since the second does not find the first;
# BLAS and LAPACK come before xtensor-blas, whose own search for them would stop without saying for whom. With
# EVOMLP_USE_BLAS set to OFF all three are left out.
macro(evomlp_find_dependencies missing)
  set(${missing} "")
  set(_evomlp_needed xtensor:0.24 xsimd:8.1)
  set(_evomlp_blas BLAS LAPACK xtensor-blas)
  if(DEFINED EVOMLP_USE_BLAS AND NOT EVOMLP_USE_BLAS)
    set(_evomlp_blas "")
  elseif(NOT TARGET xtensor-blas)
    list(APPEND _evomlp_needed BLAS LAPACK xtensor-blas:0.20)
  endif()
  if(NOT TARGET rapidjson)
    list(APPEND _evomlp_needed RapidJSON:1.1)
  endif()
  foreach(_evomlp_one IN LISTS _evomlp_needed)
    string(REPLACE ":" ";" _evomlp_one "${_evomlp_one}")
    list(POP_FRONT _evomlp_one _evomlp_name _evomlp_version)
    if(NOT TARGET ${_evomlp_name} AND NOT ${missing})
      find_package(${_evomlp_name} ${_evomlp_version} QUIET)
      if(NOT ${_evomlp_name}_FOUND)
        string(STRIP "evomlp needs ${_evomlp_name} ${_evomlp_version}" ${missing})
        if(_evomlp_version)
          string(APPEND ${missing} " or newer")
        endif()
        if(${_evomlp_name}_CONSIDERED_VERSIONS)
          string(APPEND ${missing} ", and find_package(${_evomlp_name}) finds only ${${_evomlp_name}_CONSIDERED_VERSIONS} "
                 "(${${_evomlp_name}_CONSIDERED_CONFIGS})")
        else()
          string(APPEND ${missing} ", which find_package(${_evomlp_name}) does not find")
        endif()
        string(APPEND ${missing} ": install it (Debian and Ubuntu: libxtensor-dev libxtensor-blas-dev libxsimd-dev libopenblas-dev rapidjson-dev) or add its prefix to "
               "CMAKE_PREFIX_PATH")
        if(_evomlp_name IN_LIST _evomlp_blas)
          string(APPEND ${missing} ", or set EVOMLP_USE_BLAS to OFF: all products are then EvoMLP's own")
        endif()
        string(APPEND ${missing} ".")
      endif()
    endif()
  endforeach()
  if(NOT TARGET rapidjson AND NOT ${missing})
    # vcpkg's and Conan's packages have this target, RapidJSON's own another or, in 1.1.0, only a variable.
    add_library(rapidjson INTERFACE IMPORTED)
    if(TARGET RapidJSON)
      target_link_libraries(rapidjson INTERFACE RapidJSON)
    elseif(RapidJSON_INCLUDE_DIRS)
      target_include_directories(rapidjson INTERFACE ${RapidJSON_INCLUDE_DIRS})
    else()
      target_include_directories(rapidjson INTERFACE ${RAPIDJSON_INCLUDE_DIRS})
    endif()
  endif()
  unset(_evomlp_needed)
  unset(_evomlp_blas)
  unset(_evomlp_one)
  unset(_evomlp_name)
  unset(_evomlp_version)
endmacro()

# Sets <result> to TRUE if what xtensor-blas links has OpenBLAS's functions for its threads and its kernels' processor:
# evomlp::threads(n) and the choice who makes a product call them. Where a parent project brought the target xtensor-blas
# itself, it can't be linked before it is built.
function(evomlp_find_openblas_threads result)
  set(${result} FALSE PARENT_SCOPE)
  set(imported FALSE)
  if(TARGET xtensor-blas)
    get_target_property(imported xtensor-blas IMPORTED)
  endif()
  if(imported AND (NOT DEFINED EVOMLP_USE_BLAS OR EVOMLP_USE_BLAS))
    include(CheckCXXSourceCompiles)
    set(CMAKE_REQUIRED_LIBRARIES xtensor-blas)
    set(CMAKE_REQUIRED_QUIET TRUE)
    check_cxx_source_compiles("
      extern \"C\" {
      void openblas_set_num_threads(int);
      int openblas_get_num_threads(void);
      char* openblas_get_corename(void);
      }
      int main() { openblas_set_num_threads(1); return openblas_get_num_threads() + *openblas_get_corename(); }"
      EVOMLP_HAVE_OPENBLAS_THREADS)
    if(EVOMLP_HAVE_OPENBLAS_THREADS)
      set(${result} TRUE PARENT_SCOPE)
    endif()
  endif()
endfunction()
