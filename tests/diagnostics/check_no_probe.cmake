# SPDX-License-Identifier: MIT
# cmake -DNM=nm -DWITHOUT=program -DWITH=program -DSCRATCH=file -P check_no_probe.cmake: a program that trains without a probe has
# nothing of what runs one; a program with one has, under the same names.
foreach(program IN ITEMS WITHOUT WITH)
  execute_process(COMMAND "${NM}" "${${program}}" OUTPUT_FILE "${SCRATCH}" RESULT_VARIABLE failed)
  file(STRINGS "${SCRATCH}" layers REGEX Pipeline)  # line by line: seconds, where one text takes half a minute
  if(failed OR NOT layers)
    message(FATAL_ERROR "can't read the symbols of ${${program}}")
  endif()
  file(STRINGS "${SCRATCH}" found REGEX "Observer|WatchedList|observe_on")
  list(LENGTH found ${program}_count)
endforeach()
if(WITHOUT_count OR NOT WITH_count)
  message(FATAL_ERROR "functions of probes: ${WITHOUT_count} without a probe (expected 0), ${WITH_count} with one")
endif()
