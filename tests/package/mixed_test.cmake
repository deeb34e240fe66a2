# SPDX-License-Identifier: MIT
# mixed/: one program of units that were compiled with different flags, macros and settings of ours and xtensor's, linked in
# both orders, so that each unit's copy of what they share is taken once.
#   cmake -DCOMPILER=g++ "-DFLAGS=-Iinclude;..." -DLIBRARIES=libopenblas.so,... -DVECTORS=-mavx2,-mfma ... -P mixed_test.cmake
cmake_minimum_required(VERSION 3.23)
include("${CMAKE_CURRENT_LIST_DIR}/run.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/foreign_headers.cmake")

file(REMOVE_RECURSE "${SCRATCH}")
file(MAKE_DIRECTORY "${SCRATCH}")
string(REPLACE "," ";" vectors "${VECTORS}")
string(REPLACE "," ";" libraries "${LIBRARIES}")

# Before the macros: none of these bears all of them.
foreign_headers("^([a-z0-9_]+|(xsimd|rapidjson)/.*|xtensor-blas/.*|xtensor/x[a-z]+\\.hpp)$" others)
list(TRANSFORM others REPLACE ".+" "#if __has_include(<\\0>)\n#include <\\0>\n#endif\n")
string(CONCAT others ${others})
file(WRITE "${SCRATCH}/others.hpp" "${others}")

set(folder "${CMAKE_CURRENT_LIST_DIR}/mixed")
function(compile name source)
  run("${COMPILER}" -std=c++20 ${FLAGS} ${ARGN} -DUNIT=${name} -c "${folder}/${source}" -o "${SCRATCH}/${name}.o")
endfunction()
compile(plain main.cpp -O0)
compile(vectors unit.cpp -O1 ${vectors} -DNDEBUG -DXTENSOR_USE_XSIMD -DEVOMLP_USE_BLAS=0 -include "${SCRATCH}/others.hpp"
        -include "${folder}/macros.hpp")
compile(careless unit.cpp -O1 -ffast-math)

foreach(order IN ITEMS "plain vectors careless" "careless vectors plain")
  separate_arguments(order UNIX_COMMAND "${order}")
  list(TRANSFORM order REPLACE ".+" "${SCRATCH}/\\0.o")
  run("${COMPILER}" ${order} ${libraries} -o "${SCRATCH}/mixed")
  run("${SCRATCH}/mixed")
endforeach()
