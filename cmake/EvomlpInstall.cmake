# SPDX-License-Identifier: MIT
# The headers, a relocatable CMake package that is the same on every machine, and a relocatable file for pkg-config.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# The package can be moved, so folders count from the prefix. (Nix names them from the root.)
foreach(kind IN ITEMS INCLUDEDIR DATADIR)
  set(dir "${CMAKE_INSTALL_${kind}}")
  if(IS_ABSOLUTE "${dir}")
    cmake_path(IS_PREFIX CMAKE_INSTALL_PREFIX "${dir}" NORMALIZE is_below)
    if(NOT is_below)
      message(FATAL_ERROR "evomlp: CMAKE_INSTALL_${kind} is ${dir}, expected a folder below CMAKE_INSTALL_PREFIX "
                          "(${CMAKE_INSTALL_PREFIX}): the package can be moved.")
    endif()
    cmake_path(RELATIVE_PATH dir BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" OUTPUT_VARIABLE CMAKE_INSTALL_${kind})
  endif()
endforeach()

set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/evomlp")

install(TARGETS evomlp EXPORT evomlpTargets FILE_SET HEADERS)
install(EXPORT evomlpTargets NAMESPACE evomlp:: DESTINATION "${package_dir}")
foreach(component IN LISTS evomlp_components)
  install(TARGETS evomlp_${component} EXPORT evomlp-${component}Targets FILE_SET HEADERS)
  install(EXPORT evomlp-${component}Targets NAMESPACE evomlp:: DESTINATION "${package_dir}")
endforeach()

configure_package_config_file(cmake/evomlpConfig.cmake.in "${PROJECT_BINARY_DIR}/evomlpConfig.cmake"
                              INSTALL_DESTINATION "${package_dir}" NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may break programs.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/evomlpConfigVersion.cmake" COMPATIBILITY SameMinorVersion
                                 ARCH_INDEPENDENT)
install(FILES "${PROJECT_BINARY_DIR}/evomlpConfig.cmake" "${PROJECT_BINARY_DIR}/evomlpConfigVersion.cmake"
              cmake/EvomlpDependencies.cmake cmake/EvomlpComponents.cmake DESTINATION "${package_dir}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/evomlp")

# For builds without CMake. xtensor-blas has no such file of its own: its headers are expected beside xtensor's.
if(has_openblas_threads)
  set(blas openblas)
  set(evomlp_definitions " -DEVOMLP_HAS_OPENBLAS_THREADS=1")
else()
  set(blas blas)
  set(evomlp_definitions "")
endif()
set(EVOMLP_PKGCONFIG_BLAS "${blas}" CACHE STRING "The BLAS that evomlp.pc requires, by pkg-config's name")
set(pkgconfig_dir "${CMAKE_INSTALL_DATADIR}/pkgconfig")
file(RELATIVE_PATH evomlp_up "/${pkgconfig_dir}" "/")
string(REGEX REPLACE "/$" "" evomlp_up "${evomlp_up}")
configure_file(cmake/evomlp.pc.in "${PROJECT_BINARY_DIR}/evomlp.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/evomlp.pc" DESTINATION "${pkgconfig_dir}")
