# SPDX-License-Identifier: MIT
# The version is include/evomlp/version.hpp's; files that others read can't take it from there, and must say the same.
cmake_minimum_required(VERSION 3.23)
file(READ "${SOURCE_DIR}/packaging/vcpkg/ports/evomlp/vcpkg.json" manifest)
string(JSON vcpkg GET "${manifest}" version)
file(STRINGS "${SOURCE_DIR}/CITATION.cff" citation REGEX "^version: ")
string(REPLACE "version: " "" citation "${citation}")
foreach(place IN ITEMS vcpkg citation)
  if(NOT ${place} STREQUAL VERSION)
    message(FATAL_ERROR "${place} says version '${${place}}', include/evomlp/version.hpp says '${VERSION}'")
  endif()
endforeach()
