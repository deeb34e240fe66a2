# SPDX-License-Identifier: MIT
# How this project's own programs (tests, examples, benchmarks) are compiled; users of the library see none of it.

set(CMAKE_CXX_EXTENSIONS OFF)
add_library(evomlp_own INTERFACE)
target_link_libraries(evomlp_own INTERFACE evomlp::evomlp $<TARGET_NAME_IF_EXISTS:evomlp::gzip>)

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
  else()
    message(STATUS "evomlp: this compiler has no -march=native, skipping it")
  endif()
endif()

if(EVOMLP_SANITIZE)
  set(sanitize -fsanitize=${EVOMLP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(evomlp_own INTERFACE ${sanitize} -g)
  target_link_options(evomlp_own INTERFACE ${sanitize})
endif()

# Drops from the list <sources> those that need a component which is not there, with a line for each.
function(evomlp_skip_unbuildable sources)
  set(kept "")
  foreach(source IN LISTS ${sources})
    file(STRINGS "${source}" needs_gzip REGEX "^#include .evomlp/io/gzip\\.hpp")
    if(needs_gzip AND NOT TARGET evomlp::gzip)
      message(STATUS "evomlp: zlib not found, skipping ${source}")
    else()
      list(APPEND kept "${source}")
    endif()
  endforeach()
  set(${sources} "${kept}" PARENT_SCOPE)
endfunction()

# evomlp_add_program(<target> <path below bin/> <sources>...): one of our programs, at bin/<path> in the build folder.
function(evomlp_add_program target path)
  cmake_path(GET path PARENT_PATH folder)
  cmake_path(GET path FILENAME name)
  add_executable(${target} ${ARGN})
  target_link_libraries(${target} PRIVATE evomlp_own)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME "${name}"
                                             RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin/${folder}")
endfunction()
