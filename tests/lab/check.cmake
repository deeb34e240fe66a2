# SPDX-License-Identifier: MIT
# One case of a lab program NAME:
#   smoke   --smoke into a fresh folder: it ends with 0, prints verdicts, draws at least one picture that is not blank
#   holds   --from tests/lab/NAME_holds.csv: at least one verdict, all HOLDS
#   fails   --from tests/lab/NAME_fails.csv: at least one verdict, all DOES NOT HOLD
# cmake -DPROGRAM=… -DCASE=… -DNAME=… -DSCRATCH=… -DGNUPLOT=… -P check.cmake
cmake_minimum_required(VERSION 3.23)
file(REMOVE_RECURSE "${SCRATCH}")
file(MAKE_DIRECTORY "${SCRATCH}")

set(arguments --smoke)
if(NOT CASE STREQUAL "smoke")
  set(fixture "${CMAKE_CURRENT_LIST_DIR}/${NAME}_${CASE}.csv")
  if(NOT EXISTS "${fixture}")
    message(FATAL_ERROR "${fixture} is missing: a CSV for which every claim of ${NAME} ${CASE}")
  endif()
  set(arguments --from "${fixture}")
endif()
execute_process(COMMAND "${PROGRAM}" ${arguments} --out "${SCRATCH}" RESULT_VARIABLE result OUTPUT_VARIABLE output
                ERROR_VARIABLE errors)
message(STATUS "${output}${errors}")
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${NAME} ended with ${result}")
endif()

string(REGEX REPLACE "[][;]" "," output "${output}")  # CMake's lists would take them for their own
string(REGEX MATCHALL "(^|\n)HOLDS  [^\n]+" holding "${output}")
string(REGEX MATCHALL "(^|\n)DOES NOT HOLD  [^\n]+" failing "${output}")
list(LENGTH holding holding)
list(LENGTH failing failing)
message(STATUS "${holding} claims hold, ${failing} do not")
math(EXPR verdicts "${holding} + ${failing}")
if(verdicts EQUAL 0)
  message(FATAL_ERROR "${NAME} printed no verdict")
elseif(CASE STREQUAL "holds" AND failing GREATER 0)
  message(FATAL_ERROR "every claim should hold for ${fixture}")
elseif(CASE STREQUAL "fails" AND holding GREATER 0)
  message(FATAL_ERROR "no claim should hold for ${fixture}")
endif()

if(CASE STREQUAL "smoke")
  if(NOT EXISTS "${SCRATCH}/${NAME}.csv")
    message(FATAL_ERROR "${NAME} wrote no ${NAME}.csv")
  endif()
  file(GLOB scripts "${SCRATCH}/*.gp")
  if(NOT scripts)
    message(FATAL_ERROR "${NAME} drew no picture")
  endif()
  if(GNUPLOT)
    foreach(script IN LISTS scripts)
      string(REGEX REPLACE "\\.gp$" ".png" picture "${script}")
      execute_process(COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/../../scripts/check-picture" "${picture}" --colours 1
                      COMMAND_ERROR_IS_FATAL ANY)
    endforeach()
  endif()
endif()
