# SPDX-License-Identifier: MIT
# cmake -DNM=nm -DWITHOUT=program -DWITH=program -P check_no_probe.cmake: a program that trains without a probe has
# nothing of what runs one; a program with one has, under the same names.
foreach(program IN ITEMS WITHOUT WITH)
  execute_process(COMMAND "${NM}" "${${program}}" OUTPUT_VARIABLE symbols RESULT_VARIABLE failed)
  if(failed OR NOT symbols MATCHES "Pipeline")
    message(FATAL_ERROR "can't read the symbols of ${${program}}")
  endif()
  string(REGEX MATCHALL "[^ \n]*(Observer|WatchedList|observe_on)[^ \n]*" found "${symbols}")
  list(LENGTH found ${program}_count)
endforeach()
if(WITHOUT_count OR NOT WITH_count)
  message(FATAL_ERROR "functions of probes: ${WITHOUT_count} without a probe (expected 0), ${WITH_count} with one")
endif()
