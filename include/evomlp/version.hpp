// SPDX-License-Identifier: MIT
// The one place where the version is written; CMake and the packages read it from here.
#pragma once

#define EVOMLP_VERSION_MAJOR 0
#define EVOMLP_VERSION_MINOR 1
#define EVOMLP_VERSION_PATCH 0
