# SPDX-License-Identifier: MIT

# foreign_headers(<regular expression> <result>): the names of others' headers that ours include, where they match.
function(foreign_headers regex result)
  file(GLOB_RECURSE headers "${SOURCE_DIR}/include/*.hpp")
  set(names "")
  foreach(header IN LISTS headers)
    file(STRINGS "${header}" lines REGEX "^#include <")
    list(TRANSFORM lines REPLACE "^#include <([^>]+)>.*" "\\1")
    list(APPEND names ${lines})
  endforeach()
  list(REMOVE_DUPLICATES names)
  list(REMOVE_ITEM names evomlp_stops_here)
  list(FILTER names INCLUDE REGEX "${regex}")
  set(${result} "${names}" PARENT_SCOPE)
endfunction()
