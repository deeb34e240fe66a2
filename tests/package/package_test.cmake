# SPDX-License-Identifier: MIT
# One of the ways in which a user's project takes the library; see CMakeLists.txt beside this file.
cmake_minimum_required(VERSION 3.23)
include("${CMAKE_CURRENT_LIST_DIR}/run.cmake")

file(REMOVE_RECURSE "${SCRATCH}")
set(configure "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/consumer" -B "${SCRATCH}/build" -G "${GENERATOR}"
              "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCONSUMER_FILES=${FILES}" "-DCONSUMER_MPI=${MPI}" "-DCONSUMER_THREADS=${THREADS}")


# The consumer by the compiler alone, and run.
function(compile_and_run)
  if(THREADS)
    set(threads 1)
  else()
    set(threads 0)
  endif()
  set(consumer "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/consumer")
  file(MAKE_DIRECTORY "${SCRATCH}/build")
  run("${COMPILER}" -std=c++20 -DCONSUMER_THREADS=${threads} "${consumer}/main.cpp" "${consumer}/other.cpp" -o
      "${SCRATCH}/build/consumer" ${ARGV})
  run("${SCRATCH}/build/consumer")
endfunction()

# The configure step of a consumer must fail and say `sentence`, whatever line breaks CMake puts into it.
function(run_and_expect sentence)
  file(REMOVE_RECURSE "${SCRATCH}/build")
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(REGEX REPLACE "[ \r\n]+" " " output "${output}")
  string(FIND "${output}" "${sentence}" found)
  if(result EQUAL 0 OR found EQUAL -1)
    message(FATAL_ERROR "expected a failure that says '${sentence}', got ${result}:\n${output}")
  endif()
endfunction()

if(WAY STREQUAL "single_header")
  # In a folder of its own: nothing but the one file can be included.
  file(MAKE_DIRECTORY "${SCRATCH}/evomlp")
  run("${SOURCE_DIR}/scripts/single-header" evomlp/evomlp.hpp "${SCRATCH}/evomlp_all.hpp")
  file(WRITE "${SCRATCH}/evomlp/evomlp.hpp" "#include \"../evomlp_all.hpp\"\n")
  string(REPLACE "," ";" flags "-I${SCRATCH},${LIBRARIES}")
  if(THREADS)
    list(APPEND flags -DEVOMLP_HAS_OPENBLAS_THREADS=1)
  endif()
  compile_and_run(${flags})
  foreach(example IN ITEMS 01_circles 03_own_layer)
    run("${COMPILER}" -std=c++20 "${SOURCE_DIR}/examples/${example}.cpp" -o "${SCRATCH}/build/${example}" ${flags})
  endforeach()
  run("${SCRATCH}/build/03_own_layer")
  return()
endif()

if(WAY MATCHES "^(find_package|missing|pkg_config)$")
  # Installed, then moved: no path of this machine may be in the package, and a user's may have blanks (but pkg-config's).
  set(prefix "${SCRATCH}/moved prefix")
  if(WAY STREQUAL "pkg_config")
    set(prefix "${SCRATCH}/prefix")
  endif()
  run("${CMAKE_COMMAND}" --install "${BINARY_DIR}" --prefix "${SCRATCH}/first")
  file(RENAME "${SCRATCH}/first" "${prefix}")
  file(GLOB_RECURSE installed "${prefix}/share/*.cmake" "${prefix}/share/*.pc")
  if(NOT installed)
    message(FATAL_ERROR "no CMake package below ${prefix}/share")
  endif()
  foreach(file IN LISTS installed)
    file(STRINGS "${file}" text)
    foreach(path IN ITEMS "${SOURCE_DIR}" "${BINARY_DIR}" "${SCRATCH}")
      string(FIND "${text}" "${path}" found)
      if(NOT found EQUAL -1)
        message(FATAL_ERROR "${file} contains the path ${path}")
      endif()
    endforeach()
  endforeach()
  list(APPEND configure -DCONSUMER_WAY=find_package "-DCMAKE_PREFIX_PATH=${prefix}" "-DCONSUMER_VERSION=${VERSION}")
else()
  list(APPEND configure -DCONSUMER_WAY=${WAY} "-DCONSUMER_SOURCES=${SOURCE_DIR}")
endif()

if(WAY STREQUAL "pkg_config")
  set(ENV{PKG_CONFIG_PATH} "${prefix}/share/pkgconfig:$ENV{PKG_CONFIG_PATH}")
  execute_process(COMMAND "${PKG_CONFIG}" --cflags --libs evomlp RESULT_VARIABLE result OUTPUT_VARIABLE flags
                  ERROR_VARIABLE error OUTPUT_STRIP_TRAILING_WHITESPACE)
  string(FIND "${flags}" "${prefix}" found)
  if(NOT result EQUAL 0 OR found EQUAL -1)
    message(FATAL_ERROR "pkg-config says '${flags}' ${error}, expected the folder ${prefix}")
  endif()
  separate_arguments(flags UNIX_COMMAND "${flags}")
  compile_and_run(${flags})
  return()
endif()

if(WAY STREQUAL "missing")
  run_and_expect("evomlp needs xsimd 8.1 or newer, which find_package(xsimd) does not find" ${configure}
                 -DCMAKE_DISABLE_FIND_PACKAGE_xsimd=ON)
  run_and_expect("evomlp needs BLAS, which find_package(BLAS) does not find" ${configure}
                 -DCMAKE_DISABLE_FIND_PACKAGE_BLAS=ON)
  run_and_expect("evomlp needs RapidJSON 1.1 or newer, which find_package(RapidJSON) does not find" ${configure}
                 -DCMAKE_DISABLE_FIND_PACKAGE_RapidJSON=ON)
  run_and_expect("evomlp's component files needs zlib" ${configure} -DCONSUMER_FILES=ON
                 -DCMAKE_DISABLE_FIND_PACKAGE_ZLIB=ON)
  run_and_expect("evomlp's component mpi needs MPI (Debian and Ubuntu: libopenmpi-dev), which find_package(MPI COMPONENTS CXX) \
does not find" ${configure} -DCONSUMER_COMPONENTS=mpi -DCMAKE_DISABLE_FIND_PACKAGE_MPI=ON)
  run_and_expect("evomlp has no component \"bzip2\"" ${configure} -DCONSUMER_COMPONENTS=bzip2)
  run_and_expect("compatible with requested version \"99.0\"" ${configure} -DCONSUMER_VERSION=99.0)
else()
  run(${configure})
  run("${CMAKE_COMMAND}" --build "${SCRATCH}/build" --config Release)
  file(GLOB_RECURSE programs "${SCRATCH}/build/*consumer" "${SCRATCH}/build/*consumer.exe")
  list(GET programs 0 program)
  run("${program}")
endif()
