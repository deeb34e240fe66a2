# SPDX-License-Identifier: MIT
# One of the ways in which a user's project takes the library; see CMakeLists.txt beside this file.
cmake_minimum_required(VERSION 3.23)
include("${CMAKE_CURRENT_LIST_DIR}/run.cmake")

file(REMOVE_RECURSE "${SCRATCH}")
file(MAKE_DIRECTORY "${SCRATCH}")
set(build "${SCRATCH}/the build")  # a user's paths may have blanks
set(configure "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/consumer" -B "${build}" -G "${GENERATOR}"
              "-DCMAKE_MAKE_PROGRAM=${MAKE_PROGRAM}" "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCONSUMER_FILES=${FILES}"
              "-DCONSUMER_MPI=${MPI}" "-DCONSUMER_THREADS=${THREADS}")

# The consumer by the compiler alone, and run.
function(compile_and_run)
  if(THREADS)
    set(threads 1)
  else()
    set(threads 0)
  endif()
  set(consumer "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/consumer")
  file(MAKE_DIRECTORY "${build}")
  run("${COMPILER}" -std=c++20 -DCONSUMER_THREADS=${threads} "${consumer}/main.cpp" "${consumer}/other.cpp" -o
      "${build}/consumer" ${ARGV})
  run("${build}/consumer")
endfunction()

# The configure step of a consumer must fail with one error that says `sentence`, whatever line breaks CMake puts into it.
function(configure_and_expect sentence)
  file(REMOVE_RECURSE "${build}")
  execute_process(COMMAND ${configure} ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE error)
  string(REGEX REPLACE "[ \r\n]+" " " said "${error}")
  string(REGEX MATCHALL "CMake Error" errors "${said}")
  string(FIND "${said}" "${sentence}" found)
  if(result EQUAL 0 OR found EQUAL -1 OR NOT errors STREQUAL "CMake Error")
    message(FATAL_ERROR "expected a failure that says '${sentence}' and no more, got ${result}:\n${output}${error}")
  endif()
endfunction()

# A package of that version and nothing else, beside ours.
function(provide_package name version)
  set(folder "${prefix}/share/cmake/${name}")
  file(WRITE "${folder}/${name}Config.cmake" "")
  file(WRITE "${folder}/${name}ConfigVersion.cmake"
       "set(PACKAGE_VERSION ${version})\nif(NOT PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)\n"
       "  set(PACKAGE_VERSION_COMPATIBLE TRUE)\nendif()\n")
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
  run("${COMPILER}" -std=c++20 "${SOURCE_DIR}/examples/03_own_layer.cpp" -o "${build}/03_own_layer" ${flags})
  run("${build}/03_own_layer")
  return()
endif()

if(WAY MATCHES "^(find_package|missing|pkg_config)$")
  # Staged for one folder, then moved to another: no path of this machine may be in the package. (pkg-config takes no blanks.)
  set(prefix "${SCRATCH}/moved prefix")
  if(WAY STREQUAL "pkg_config")
    set(prefix "${SCRATCH}/prefix")
  endif()
  run("${CMAKE_COMMAND}" -E env "DESTDIR=${SCRATCH}/stage" "${CMAKE_COMMAND}" --install "${BINARY_DIR}" --prefix
      /evomlp_first)
  file(RENAME "${SCRATCH}/stage/evomlp_first" "${prefix}")
  file(GLOB_RECURSE installed "${prefix}/share/*.cmake" "${prefix}/share/*.pc")
  if(NOT installed)
    message(FATAL_ERROR "no CMake package below ${prefix}/share")
  endif()
  foreach(file IN LISTS installed)
    file(STRINGS "${file}" text)
    foreach(path IN ITEMS "${SOURCE_DIR}" "${BINARY_DIR}" "${SCRATCH}" /evomlp_first)
      string(FIND "${text}" "${path}" found)
      if(NOT found EQUAL -1)
        message(FATAL_ERROR "${file} contains the path ${path}")
      endif()
    endforeach()
  endforeach()
  # The project asks for C++17 itself; the target asks for more.
  list(APPEND configure -DCMAKE_CXX_STANDARD=17 -DCONSUMER_WAY=find_package "-DCMAKE_PREFIX_PATH=${prefix}"
              "-DCONSUMER_VERSION=${VERSION}")
else()
  file(CREATE_LINK "${SOURCE_DIR}" "${SCRATCH}/the sources" COPY_ON_ERROR SYMBOLIC)
  list(APPEND configure -DCONSUMER_WAY=${WAY} "-DCONSUMER_SOURCES=${SCRATCH}/the sources")
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
  foreach(package IN ITEMS "xtensor 0.24 or newer" "xsimd 8.1 or newer" BLAS LAPACK "xtensor-blas 0.20 or newer"
          "RapidJSON 1.1 or newer")
    string(REGEX MATCH "^[^ ]+" name "${package}")
    configure_and_expect("evomlp needs ${package}, which find_package(${name}) does not find: install it"
                         -DCMAKE_DISABLE_FIND_PACKAGE_${name}=ON)
  endforeach()
  configure_and_expect("evomlp's component files needs zlib (Debian and Ubuntu: zlib1g-dev), which find_package(ZLIB) does not \
find: install it" -DCONSUMER_FILES=ON -DCMAKE_DISABLE_FIND_PACKAGE_ZLIB=ON)
  configure_and_expect("evomlp's component mpi needs MPI (Debian and Ubuntu: libopenmpi-dev), which find_package(MPI COMPONENTS CXX) \
does not find: install it" -DCONSUMER_MPI=ON -DCMAKE_DISABLE_FIND_PACKAGE_MPI=ON)
  configure_and_expect("evomlp has no component \"bzip2\"; it has: " -DCONSUMER_COMPONENTS=bzip2)
  configure_and_expect("compatible with requested version \"99.0\". The following configuration files were considered but not \
accepted: ${prefix}/share/cmake/evomlp/evomlpConfig.cmake, version: ${VERSION}" -DCONSUMER_VERSION=99.0)

  # Without BLAS, as that sentence says too.
  set(no_blas -DCMAKE_DISABLE_FIND_PACKAGE_BLAS=ON -DCMAKE_DISABLE_FIND_PACKAGE_LAPACK=ON
              -DCMAKE_DISABLE_FIND_PACKAGE_xtensor-blas=ON)
  configure_and_expect("or set EVOMLP_USE_BLAS to OFF" ${no_blas})
  file(REMOVE_RECURSE "${build}")
  run(${configure} ${no_blas} -DEVOMLP_USE_BLAS=OFF -DCONSUMER_THREADS=OFF)
  run("${CMAKE_COMMAND}" --build "${build}" --config Release)
  file(GLOB_RECURSE programs "${build}/*consumer" "${build}/*consumer.exe")
  run(${programs})

  # Too old, where the machine's own are out of sight.
  provide_package(xtensor 0.23.10)
  provide_package(xsimd 7.6.0)
  set(only_provided -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF -DCMAKE_FIND_USE_CMAKE_ENVIRONMENT_PATH=OFF
                    -DCMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH=OFF)
  configure_and_expect("evomlp needs xtensor 0.24 or newer, and find_package(xtensor) finds only 0.23.10 (" ${only_provided})
  provide_package(xtensor 0.24.0)
  configure_and_expect("evomlp needs xsimd 8.1 or newer, and find_package(xsimd) finds only 7.6.0 (" ${only_provided})
else()
  run(${configure})
  run("${CMAKE_COMMAND}" --build "${build}" --config Release)
  file(GLOB_RECURSE programs "${build}/*consumer" "${build}/*consumer.exe")
  list(GET programs 0 program)
  run("${program}")
endif()

if(WAY STREQUAL "find_package")
  # Installed and configured again, with nothing changed: nothing is compiled again.
  file(TIMESTAMP "${program}" before "%s %f")
  run("${CMAKE_COMMAND}" --install "${BINARY_DIR}" --prefix "${prefix}")
  if(output MATCHES "Installing: [^\n]*")
    message(FATAL_ERROR "an unchanged file is installed again: ${CMAKE_MATCH_0}")
  endif()
  run(${configure})
  run("${CMAKE_COMMAND}" --build "${build}" --config Release)
  file(TIMESTAMP "${program}" after "%s %f")
  if(NOT after STREQUAL before OR (GENERATOR STREQUAL "Ninja" AND NOT output MATCHES "no work to do"))
    message(FATAL_ERROR "built again without need:\n${output}")
  endif()

  # Headers serve machines of any word size.
  set(CMAKE_SIZEOF_VOID_P 4)
  string(REPLACE "." ";" numbers "${VERSION}")
  list(POP_FRONT numbers PACKAGE_FIND_VERSION_MAJOR PACKAGE_FIND_VERSION_MINOR)
  set(PACKAGE_FIND_VERSION ${VERSION})
  include("${prefix}/share/cmake/evomlp/evomlpConfigVersion.cmake")
  if(NOT PACKAGE_VERSION_COMPATIBLE OR PACKAGE_VERSION_UNSUITABLE)
    message(FATAL_ERROR "the package is not for 32-bit machines")
  endif()
endif()
