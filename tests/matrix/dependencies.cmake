# SPDX-License-Identifier: MIT
# The targets that evomlp needs, brought as a parent project would: scripts/matrix hands this file to project(), as
# CMAKE_PROJECT_evomlp_INCLUDE. Headers come from the folders of sources in EVOMLP_MATRIX_SOURCES (what isn't there: the
# system's), the BLAS is EVOMLP_MATRIX_BLAS. (Nothing is installed: for that xtensor 0.26 asks for CMake 3.29.)
list(TRANSFORM EVOMLP_MATRIX_SOURCES APPEND "/include" OUTPUT_VARIABLE folders)
foreach(target IN ITEMS xtl xsimd xtensor xtensor-blas)
  add_library(${target} INTERFACE IMPORTED)
  target_include_directories(${target} INTERFACE ${folders})
endforeach()
target_link_libraries(xtensor-blas INTERFACE ${EVOMLP_MATRIX_BLAS})

# As xtensor's own CMake files do.
if(XTENSOR_USE_XSIMD)
  target_compile_definitions(xtensor INTERFACE XTENSOR_USE_XSIMD)
endif()
if(XTENSOR_USE_TBB)
  find_package(TBB REQUIRED)
  target_compile_definitions(xtensor INTERFACE XTENSOR_USE_TBB)
  target_link_libraries(xtensor INTERFACE TBB::tbb)
endif()
if(XTENSOR_USE_OPENMP)
  find_package(OpenMP REQUIRED)
  target_compile_definitions(xtensor INTERFACE XTENSOR_USE_OPENMP)
  target_link_libraries(xtensor INTERFACE OpenMP::OpenMP_CXX)
endif()
