# SPDX-License-Identifier: MIT
# The headers, and a relocatable CMake package that is the same on every machine.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/evomlp")

install(TARGETS evomlp EXPORT evomlpTargets FILE_SET HEADERS)
install(TARGETS evomlp_files EXPORT evomlp-filesTargets FILE_SET HEADERS)
install(EXPORT evomlpTargets NAMESPACE evomlp:: DESTINATION "${package_dir}")
install(EXPORT evomlp-filesTargets NAMESPACE evomlp:: DESTINATION "${package_dir}")

configure_package_config_file(cmake/evomlpConfig.cmake.in "${PROJECT_BINARY_DIR}/evomlpConfig.cmake"
                              INSTALL_DESTINATION "${package_dir}" NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may break programs.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/evomlpConfigVersion.cmake" COMPATIBILITY SameMinorVersion
                                 ARCH_INDEPENDENT)
install(FILES "${PROJECT_BINARY_DIR}/evomlpConfig.cmake" "${PROJECT_BINARY_DIR}/evomlpConfigVersion.cmake"
              cmake/EvomlpDependencies.cmake DESTINATION "${package_dir}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/evomlp")
