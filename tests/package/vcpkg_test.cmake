# SPDX-License-Identifier: MIT
# The vcpkg port without vcpkg: its functions are stood in for by what they come down to.
cmake_minimum_required(VERSION 3.23)
include("${CMAKE_CURRENT_LIST_DIR}/run.cmake")

set(PORT evomlp)
set(CURRENT_PORT_DIR "${SOURCE_DIR}/packaging/vcpkg/ports/evomlp")
set(CURRENT_PACKAGES_DIR "${SCRATCH}/packages")
file(REMOVE_RECURSE "${SCRATCH}")

function(vcpkg_cmake_configure)
  cmake_parse_arguments(PARSE_ARGV 0 port "" "SOURCE_PATH" "OPTIONS")
  run("${CMAKE_COMMAND}" -S "${port_SOURCE_PATH}" -B "${SCRATCH}/build" -G "${GENERATOR}"
      "-DCMAKE_CXX_COMPILER=${COMPILER}" ${port_OPTIONS})
endfunction()
function(vcpkg_cmake_install)
  run("${CMAKE_COMMAND}" --install "${SCRATCH}/build" --prefix "${CURRENT_PACKAGES_DIR}")
endfunction()
function(vcpkg_cmake_config_fixup)
  cmake_parse_arguments(PARSE_ARGV 0 port "" "CONFIG_PATH" "")
  file(RENAME "${CURRENT_PACKAGES_DIR}/${port_CONFIG_PATH}" "${CURRENT_PACKAGES_DIR}/share/${PORT}")
endfunction()
function(vcpkg_fixup_pkgconfig)
endfunction()
function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 port "" "" "FILE_LIST")
  file(INSTALL ${port_FILE_LIST} DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
endfunction()

include("${CURRENT_PORT_DIR}/portfile.cmake")
foreach(file IN ITEMS include/evomlp/evomlp.hpp share/evomlp/evomlpConfig.cmake share/evomlp/usage share/evomlp/LICENSE
        share/pkgconfig/evomlp.pc)
  if(NOT EXISTS "${CURRENT_PACKAGES_DIR}/${file}")
    message(FATAL_ERROR "the port installs no ${file}")
  endif()
endforeach()
