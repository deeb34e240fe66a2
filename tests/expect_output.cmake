# SPDX-License-Identifier: MIT
# Runs PROGRAM with ARGUMENTS; it must end with 0 and print what matches EXPECTED.
cmake_minimum_required(VERSION 3.23)
execute_process(COMMAND "${PROGRAM}" ${ARGUMENTS} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE errors)
message(STATUS "${output}${errors}")
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${result}")
elseif(NOT output MATCHES "${EXPECTED}")
  message(FATAL_ERROR "${PROGRAM} printed nothing that matches ${EXPECTED}")
endif()
