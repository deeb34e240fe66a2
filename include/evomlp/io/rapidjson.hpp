// SPDX-License-Identifier: MIT
// That RapidJSON is there, before one of its headers is included.
#pragma once

#include "evomlp/core/cxx20.hpp"

#if !__has_include(<rapidjson/rapidjson.h>)
#error "evomlp needs RapidJSON 1.1 or newer, which is not where the compiler looks: install it (Debian and Ubuntu: \
rapidjson-dev) or add its folder with -I"
#include <evomlp_stops_here>  // see core/cxx20.hpp
#endif
#include <rapidjson/rapidjson.h>
#if RAPIDJSON_MAJOR_VERSION < 1 || (RAPIDJSON_MAJOR_VERSION == 1 && RAPIDJSON_MINOR_VERSION < 1)
#error "evomlp needs RapidJSON 1.1 or newer, and the compiler finds an older one: <rapidjson/rapidjson.h> says which; \
install a newer one or put its folder first with -I"
#include <evomlp_stops_here>  // see core/cxx20.hpp
#endif
