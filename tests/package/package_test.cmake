# SPDX-License-Identifier: MIT
# One of the ways in which a user's project takes the library; see CMakeLists.txt beside this file.
cmake_minimum_required(VERSION 3.23)

file(REMOVE_RECURSE "${SCRATCH}")
set(configure "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/consumer" -B "${SCRATCH}/build" -G "${GENERATOR}"
              "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCONSUMER_FILES=${FILES}" "-DCONSUMER_THREADS=${THREADS}")

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGV}\n${output}")
  endif()
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

if(NOT WAY STREQUAL "add_subdirectory")
  # Installed, then moved: no path of this machine may be in the package.
  run("${CMAKE_COMMAND}" --install "${BINARY_DIR}" --prefix "${SCRATCH}/first")
  file(RENAME "${SCRATCH}/first" "${SCRATCH}/prefix")
  file(GLOB_RECURSE installed "${SCRATCH}/prefix/share/*.cmake")
  if(NOT installed)
    message(FATAL_ERROR "no CMake package below ${SCRATCH}/prefix/share")
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
  list(APPEND configure -DCONSUMER_WAY=find_package "-DCMAKE_PREFIX_PATH=${SCRATCH}/prefix" "-DCONSUMER_VERSION=${VERSION}")
else()
  list(APPEND configure -DCONSUMER_WAY=add_subdirectory "-DCONSUMER_SOURCES=${SOURCE_DIR}")
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
  run_and_expect("evomlp has no component \"bzip2\"" ${configure} -DCONSUMER_COMPONENTS=bzip2)
  run_and_expect("compatible with requested version \"99.0\"" ${configure} -DCONSUMER_VERSION=99.0)
else()
  run(${configure})
  run("${CMAKE_COMMAND}" --build "${SCRATCH}/build" --config Release)
  file(GLOB_RECURSE programs "${SCRATCH}/build/*consumer" "${SCRATCH}/build/*consumer.exe")
  list(GET programs 0 program)
  run("${program}")
endif()
