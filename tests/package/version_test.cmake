# SPDX-License-Identifier: MIT
# The version is include/evomlp/version.hpp's; what others read can't take it from there, and must say the same.
cmake_minimum_required(VERSION 3.23)

# The number after each `before` in `file` is `expected`. `places` has all of them.
function(expect_each file before expected)
  file(READ "${SOURCE_DIR}/${file}" text)
  string(REGEX MATCHALL "${before}[0-9][0-9.-]*" places "${text}")
  foreach(place IN LISTS places)
    string(REGEX REPLACE "${before}" "" said "${place}")
    if(NOT said STREQUAL expected)
      message(FATAL_ERROR "${file} says '${said}' where version.hpp and CHANGELOG.md have ${expected}")
    endif()
  endforeach()
  set(places "${places}" PARENT_SCOPE)
endfunction()

# And there is one.
function(expect file before expected)
  expect_each("${file}" "${before}" "${expected}")
  if(NOT places)
    message(FATAL_ERROR "${file} says nowhere '${before}${expected}'")
  endif()
endfunction()

string(REGEX MATCH "^[0-9]+\\.[0-9]+" minor "${VERSION}")
expect(packaging/vcpkg/ports/evomlp/vcpkg.json "\"version\": \"" ${VERSION})
expect(CITATION.cff "\nversion: " ${VERSION})
file(STRINGS "${SOURCE_DIR}/CHANGELOG.md" heading REGEX "^## .${VERSION}. - ")
if(heading)
  string(REGEX REPLACE ".* " "" day "${heading}")
  expect(CITATION.cff "date-released: " ${day})
endif()
expect(docs/how_to/use_it_in_your_build.md "find_package.evomlp " ${minor})
expect(docs/how_to/use_it_in_your_build.md "evomlp/" ${VERSION})
file(GLOB_RECURSE pages RELATIVE "${SOURCE_DIR}" "${SOURCE_DIR}/docs/*.md")
foreach(page IN LISTS pages ITEMS README.md)
  expect_each("${page}" "find_package.evomlp " ${minor})
endforeach()
