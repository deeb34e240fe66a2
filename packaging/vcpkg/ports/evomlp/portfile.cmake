# SPDX-License-Identifier: MIT
# An overlay port: it installs the checkout that it lies in.
set(SOURCE_PATH "${CURRENT_PORT_DIR}/../../../..")

set(VCPKG_BUILD_TYPE release) # header-only library
vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        -DEVOMLP_BUILD_TESTS=OFF
        -DEVOMLP_BUILD_EXAMPLES=OFF
        -DEVOMLP_BUILD_BENCHMARKS=OFF
        -DEVOMLP_INSTALL=ON
)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/evomlp)
vcpkg_fixup_pkgconfig()

file(INSTALL "${CURRENT_PORT_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
