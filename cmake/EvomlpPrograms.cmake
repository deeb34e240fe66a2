# SPDX-License-Identifier: MIT
# How this project's own programs (tests, examples, benchmarks) are compiled; users of the library see none of it.

set(CMAKE_CXX_EXTENSIONS OFF)
# CMake would make system headers of what is parsed once: without a warning, and without coverage.
set(CMAKE_PCH_PROLOGUE "")
add_library(evomlp_own INTERFACE)
target_link_libraries(evomlp_own INTERFACE evomlp::evomlp $<TARGET_NAME_IF_EXISTS:evomlp::files>)

if(MSVC)
  target_compile_options(evomlp_own INTERFACE /W4 /permissive- /bigobj $<$<BOOL:${EVOMLP_WERROR}>:/WX>)
else()
  target_compile_options(evomlp_own INTERFACE -Wall -Wextra -Wconversion -Wshadow -Wpedantic
                                              $<$<BOOL:${EVOMLP_WERROR}>:-Werror>)
endif()

if(EVOMLP_NATIVE)
  include(CheckCXXCompilerFlag)
  check_cxx_compiler_flag(-march=native EVOMLP_HAVE_MARCH_NATIVE)
  if(EVOMLP_HAVE_MARCH_NATIVE)
    target_compile_options(evomlp_own INTERFACE -march=native)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      # Its own AVX-512 intrinsics set the first two off (GCC bug 105593), precompiled headers with -O1 the last: it takes a
      # constant array that it has read from one for a single character.
      target_compile_options(evomlp_own INTERFACE -Wno-uninitialized -Wno-maybe-uninitialized -Wno-stringop-overread)
    elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 19)
      target_compile_options(evomlp_own INTERFACE -Wno-invalid-feature-combination)  # what it makes of some Xeons
    endif()
  else()
    message(STATUS "evomlp: this compiler has no -march=native, skipping it")
  endif()
endif()

if(EVOMLP_SANITIZE)
  set(sanitize -fsanitize=${EVOMLP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")  # g++ leaves that check out of `undefined`
    list(APPEND sanitize -fsanitize-ignorelist=${CMAKE_CURRENT_LIST_DIR}/sanitizer-ignore.txt)
  endif()
  target_compile_options(evomlp_own INTERFACE ${sanitize} -g1)  # lines, for what they report
  target_link_options(evomlp_own INTERFACE ${sanitize})
endif()

if(EVOMLP_COVERAGE)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "evomlp: EVOMLP_COVERAGE needs clang: g++ would take a fifth longer for it, clang takes a hundredth")
  endif()
  # Only the library's own lines. One file for each program, to which all its runs add theirs.
  set(coverage_list "${PROJECT_BINARY_DIR}/coverage.list")
  file(CONFIGURE OUTPUT "${coverage_list}" CONTENT "[clang]\nsrc:${PROJECT_SOURCE_DIR}/include/*\n")
  target_compile_options(evomlp_own INTERFACE "-fprofile-instr-generate=${PROJECT_BINARY_DIR}/coverage/%m.profraw"
                                              -fcoverage-mapping "-fprofile-list=${coverage_list}")
  target_link_options(evomlp_own INTERFACE -fprofile-instr-generate)
endif()

find_package(CLI11 QUIET)
find_package(benchmark QUIET)

# Drops from the named list of sources those that include what is not there, with a line for each.
function(evomlp_skip_unbuildable list_name)
  set(kept "")
  foreach(source IN LISTS ${list_name})
    file(STRINGS "${source}" includes REGEX "^#include")
    set(missing "")
    foreach(component IN LISTS evomlp_components)
      list(JOIN evomlp_${component}_headers "|" headers)
      if(includes MATCHES "evomlp/(${headers})[\">]" AND NOT TARGET evomlp::${component})
        set(missing "${evomlp_${component}_needs}")
      endif()
    endforeach()
    if(includes MATCHES "(CLI/CLI|workloads|support/lab)\\.hpp" AND NOT TARGET CLI11::CLI11)
      set(missing "CLI11")
    elseif(includes MATCHES "benchmark/benchmark\\.h" AND NOT TARGET benchmark::benchmark)
      set(missing "Google Benchmark")
    endif()
    if(missing)
      message(STATUS "evomlp: ${missing} not found, skipping ${source}")
    else()
      list(APPEND kept "${source}")
    endif()
  endforeach()
  set(${list_name} "${kept}" PARENT_SCOPE)
endfunction()

# evomlp_add_program(<target> <path below bin/> <sources>...): one of our programs, at bin/<path> in the build folder.
function(evomlp_add_program target path)
  cmake_path(GET path PARENT_PATH folder)
  cmake_path(GET path FILENAME name)
  add_executable(${target} ${ARGN})
  target_link_libraries(${target} PRIVATE evomlp_own)
  foreach(source IN LISTS ARGN)
    if(source MATCHES "\\.cpp$")
      file(STRINGS "${source}" includes REGEX "^#include.*[<\"]evomlp/distributed/")
      if(includes)
        target_link_libraries(${target} PRIVATE evomlp::mpi)
      endif()
    endif()
  endforeach()
  set_target_properties(${target} PROPERTIES OUTPUT_NAME "${name}"
                                             RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin/${folder}")
endfunction()

# Many networks: how far they are optimised is most of what it takes to compile them.
set(EVOMLP_PROGRAM_OPTIONS "" CACHE STRING "Compile options for the examples, the lab and the benchmarks, such as -Og")

# evomlp_add_programs(<source>...): each a program of its own, under its source's name; lab/mnist-depth.cpp is target
# lab_mnist_depth.
function(evomlp_add_programs)
  set(sources ${ARGN})
  evomlp_skip_unbuildable(sources)
  foreach(source IN LISTS sources)
    string(REGEX REPLACE "\\.cpp$" "" path "${source}")
    string(REGEX REPLACE "[/-]" "_" target "${path}")
    evomlp_add_program(${target} ${path} ${source})
    target_compile_options(${target} PRIVATE ${EVOMLP_PROGRAM_OPTIONS})
    target_link_libraries(${target} PRIVATE $<TARGET_NAME_IF_EXISTS:CLI11::CLI11>)
  endforeach()
endfunction()

# For tests of several processes: more of them than there are cores, as root if need be, without leave to read each other's
# memory, as in containers.
set(evomlp_mpi_environment OPENBLAS_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl_vader_single_copy_mechanism=none)

# evomlp_test_program(<target> <test> "<regular expression>" [<arguments>...]): it ends with 0 and prints what matches.
# Nothing where the program was skipped or no tests are built.
function(evomlp_test_program target test expected)
  if(EVOMLP_BUILD_TESTS AND TARGET ${target})
    add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${target}> "-DEXPECTED=${expected}"
                                  "-DARGUMENTS=${ARGN}" -P ${PROJECT_SOURCE_DIR}/tests/expect_output.cmake
             WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
    set_tests_properties(${test} PROPERTIES TIMEOUT 900 ENVIRONMENT "OPENBLAS_NUM_THREADS=1")
  endif()
endfunction()
