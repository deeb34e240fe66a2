# SPDX-License-Identifier: MIT
# Without CMake to look for them: what the compiler says first, and last, where something that the headers need is missing or
# too old. It only preprocesses, and sees nothing of this machine: the standard library is empty files, the others are what
# `provide` puts there.
cmake_minimum_required(VERSION 3.23)

file(REMOVE_RECURSE "${SCRATCH}")
include("${CMAKE_CURRENT_LIST_DIR}/foreign_headers.cmake")
foreign_headers("^[a-z0-9_]+(\\.h)?$" standard)
list(REMOVE_ITEM standard zlib.h mpi.h)
foreach(name IN LISTS standard)
  file(WRITE "${SCRATCH}/standard/${name}" "")
endforeach()

# provide(<header> [<macro> <value>]...): a header of another library, with nothing but these macros.
function(provide header)
  set(text "")
  set(macros ${ARGN})
  while(macros)
    list(POP_FRONT macros macro value)
    string(APPEND text "#define ${macro} ${value}\n")
  endwhile()
  file(WRITE "${SCRATCH}/provided/${header}" "${text}")
endfunction()

# expect(<sentence> <header> [<flag>...]): the first error, and with the stop after it the last. "": there is none.
function(expect sentence header)
  execute_process(COMMAND "${COMPILER}" -std=c++20 -nostdinc -nostdinc++ "-I${SOURCE_DIR}/include" "-I${SCRATCH}/standard"
                          "-I${SCRATCH}/provided" ${ARGN} -E -w -x c++ "${SOURCE_DIR}/include/evomlp/${header}"
                  OUTPUT_QUIET ERROR_VARIABLE output)
  string(REPLACE ";" "," output "${output}")  # a list is made of it
  string(REGEX MATCHALL "error: [^\n]*" errors "${output}")
  list(LENGTH errors count)
  string(FIND "${errors}" "${sentence}" found)
  if((sentence AND NOT count EQUAL 2) OR (NOT sentence AND count) OR found LESS 0 OR found GREATER 20)
    message(SEND_ERROR "${header} ${ARGN}: expected '${sentence}', got:\n${output}")
  endif()
endfunction()

foreach(header IN ITEMS evomlp.hpp inference.hpp layers/linear.hpp core/tensor.hpp kernels/native.hpp io/json_writer.hpp)
  expect("evomlp needs C++20, and this file is compiled as an older C++" ${header} -std=c++17)
endforeach()
# MSVC says it elsewhere.
expect("evomlp needs C++20" inference.hpp -D_MSVC_LANG=201703L)
expect("" inference.hpp -std=c++17 -D_MSVC_LANG=202002L)
expect("evomlp (and xtensor and xsimd) can't be read while min and max are macros" inference.hpp "-Dmin(a,b)=a")

expect("evomlp throws exceptions: leave -fno-exceptions out" evomlp.hpp -fno-exceptions)
expect("" inference.hpp -fno-exceptions)
expect("evomlp needs xtl, which xtensor stands on" evomlp.hpp)
provide(xtl/xtl_config.hpp)
expect("evomlp needs xtensor 0.24 or newer, which is not where the compiler looks: install it" evomlp.hpp)
provide(xtensor/xtensor_config.hpp XTENSOR_VERSION_MAJOR 0 XTENSOR_VERSION_MINOR 23)
expect("evomlp needs xtensor 0.24 or newer, and the compiler finds an older one" evomlp.hpp)
provide(xtensor/xtensor_config.hpp XTENSOR_VERSION_MAJOR 0 XTENSOR_VERSION_MINOR 24)
provide(xtensor/xtensor.hpp)
provide(xtensor/xadapt.hpp)

expect("evomlp needs xsimd 8.1 or newer, which is not where the compiler looks" net/predict.hpp)
provide(xsimd/config/xsimd_config.hpp XSIMD_VERSION_MAJOR 8 XSIMD_VERSION_MINOR 0)
expect("evomlp needs xsimd 8.1 or newer, and the compiler finds an older one" net/predict.hpp)
provide(xsimd/config/xsimd_config.hpp XSIMD_VERSION_MAJOR 8 XSIMD_VERSION_MINOR 1)
provide(xsimd/xsimd.hpp)
expect("evomlp needs xtensor-blas 0.20 or newer, which is not where the compiler looks: install it" net/predict.hpp)
expect("" net/predict.hpp -DEVOMLP_USE_BLAS=0)
provide(xflens/cxxblas/drivers/cblas.h)
expect("" net/predict.hpp)

foreach(header IN ITEMS evomlp.hpp io/json.hpp io/json_writer.hpp)
  expect("evomlp needs RapidJSON 1.1 or newer, which is not where the compiler looks" ${header})
endforeach()
provide(rapidjson/rapidjson.h RAPIDJSON_MAJOR_VERSION 1 RAPIDJSON_MINOR_VERSION 0)
expect("evomlp needs RapidJSON 1.1 or newer, and the compiler finds an older one" evomlp.hpp)
provide(rapidjson/rapidjson.h RAPIDJSON_MAJOR_VERSION 1 RAPIDJSON_MINOR_VERSION 1)
foreach(name IN ITEMS error/en memorystream reader stringbuffer writer)
  provide(rapidjson/${name}.h)
endforeach()
expect("" evomlp.hpp)

expect("evomlp/io/deflate.hpp needs zlib, which is not where the compiler looks: install it" io/gzip.hpp)
provide(zlib.h)
expect("" io/gzip.hpp)

expect("evomlp/distributed/mpi.hpp needs MPI, which is not where the compiler looks: install it" distributed/mpi.hpp)
provide(mpi.h)
expect("" distributed/mpi.hpp)
