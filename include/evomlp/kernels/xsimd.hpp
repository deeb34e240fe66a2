// SPDX-License-Identifier: MIT
// xsimd, and that it is there and new enough: the one header that includes it.
#pragma once

#include "evomlp/core/cxx20.hpp"

#if !__has_include(<xsimd/config/xsimd_config.hpp>)
#error "evomlp needs xsimd 8.1 or newer, which is not where the compiler looks: install it (Debian and Ubuntu: \
libxsimd-dev) or add its folder with -I"
#include <evomlp_stops_here>  // see core/cxx20.hpp
#endif
#include <xsimd/config/xsimd_config.hpp>
#if XSIMD_VERSION_MAJOR < 8 || (XSIMD_VERSION_MAJOR == 8 && XSIMD_VERSION_MINOR < 1)
#error "evomlp needs xsimd 8.1 or newer, and the compiler finds an older one: <xsimd/config/xsimd_config.hpp> says which; \
install a newer one or put its folder first with -I"
#include <evomlp_stops_here>  // see core/cxx20.hpp
#endif
#include <xsimd/xsimd.hpp>
