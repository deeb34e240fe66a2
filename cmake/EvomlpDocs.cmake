# SPDX-License-Identifier: MIT
# The API pages from the comments in the headers: cmake --build BUILD --target evomlp_docs
find_package(Doxygen QUIET)
if(NOT DOXYGEN_FOUND)
  message(STATUS "evomlp: Doxygen not found, skipping the API pages")
  return()
endif()
set(DOXYGEN_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/docs")
set(DOXYGEN_EXTRACT_ALL YES)
set(DOXYGEN_QUIET YES)
set(DOXYGEN_STRIP_FROM_INC_PATH "${PROJECT_SOURCE_DIR}/include")
doxygen_add_docs(evomlp_docs "${PROJECT_SOURCE_DIR}/include" ALL)
