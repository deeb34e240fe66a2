# SPDX-License-Identifier: MIT
# What a compiler has to do for EvoMLP, counted, not timed:
#   cmake -DCXX=g++ -DNM=nm "-DFLAGS=-Iinclude;…" -DSCRATCH=DIR -P tests/compile_cost/check.cmake
# A budget is what was measured with g++ 12 and clang 14, whichever is more, and 15 %. Who goes over it finds a cheaper way
# (docs/explanation/compile_time.md says what costs what), or raises it and says why.
cmake_minimum_required(VERSION 3.23)

# Text after the preprocessor: that of the umbrella in percent of that of xtensor, xtensor-blas and xsimd.
set(text_budget 117)

# Functions of ours in the object file, not optimised: each instantiated function is one, whatever the inliner makes of it.
set(function_budgets
  "own_headers Layers5<false>: 990"
  "train_step Layers5<false>:  990"
  "train_step Layers22<false>: 2155"
  "train_step Layers41<true>:  3225"
  "fit        Layers5<false>:  2160"
)

set(faults "")
file(MAKE_DIRECTORY "${SCRATCH}")
function(compile)
  execute_process(COMMAND "${CXX}" -std=c++20 ${FLAGS} ${ARGN} RESULT_VARIABLE failed ERROR_VARIABLE message)
  if(failed)
    message(FATAL_ERROR "can't compile ${ARGN}:\n${message}")
  endif()
endfunction()

foreach(name IN ITEMS only_xtensor only_include)
  compile(-E -P "${CMAKE_CURRENT_LIST_DIR}/${name}.cpp" -o "${SCRATCH}/${name}.ii")
  file(SIZE "${SCRATCH}/${name}.ii" bytes_of_${name})
endforeach()
math(EXPR percent "100 * ${bytes_of_only_include} / ${bytes_of_only_xtensor}")
message(STATUS "preprocessed text: ${bytes_of_only_include} bytes, ${percent} % of xtensor's, budget ${text_budget} %")
if(percent GREATER text_budget)
  list(APPEND faults "preprocessed text: ${percent} % of xtensor's, budget ${text_budget} %")
endif()

foreach(row IN LISTS function_budgets)
  string(REGEX MATCH "^([a-z_]+) +([^:]+): +([0-9]+)$" matched "${row}")
  set(program "${CMAKE_MATCH_1} of ${CMAKE_MATCH_2}")
  set(budget "${CMAKE_MATCH_3}")
  compile(-O0 "-DNET=${CMAKE_MATCH_2}" -c "${CMAKE_CURRENT_LIST_DIR}/${CMAKE_MATCH_1}.cpp" -o "${SCRATCH}/program.o")
  execute_process(COMMAND "${NM}" "${SCRATCH}/program.o" OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL " [TtWw] [^\n]*6evomlp" functions "${symbols}")
  list(LENGTH functions count)
  message(STATUS "${program}: ${count} functions, budget ${budget}")
  if(count EQUAL 0 OR count GREATER budget)
    list(APPEND faults "${program}: ${count} functions, budget ${budget}")
  endif()
  if(symbols MATCHES "MemoryReader|MemoryWriter|rapidjson")
    list(APPEND faults "${program}: has what reads or writes checkpoints, which it doesn't ask for")
  endif()
endforeach()

if(faults)
  list(JOIN faults "\n  " faults)
  message(FATAL_ERROR "dearer to compile than agreed:\n  ${faults}")
endif()
