// SPDX-License-Identifier: MIT
// The one place where the version is written; CMake and the packages read it from here.
#pragma once

#define EVOMLP_VERSION_MAJOR 0
#define EVOMLP_VERSION_MINOR 1
#define EVOMLP_VERSION_PATCH 0

/// The same as text: "MAJOR.MINOR.PATCH".
#define EVOMLP_VERSION EVOMLP_TEXT(EVOMLP_VERSION_MAJOR.EVOMLP_VERSION_MINOR.EVOMLP_VERSION_PATCH)
#define EVOMLP_TEXT(tokens) EVOMLP_TEXT_OF_EXPANDED(tokens)
#define EVOMLP_TEXT_OF_EXPANDED(tokens) #tokens
