// SPDX-License-Identifier: MIT
// The language of all headers here. Each that includes no other of ours includes this one, so that the compiler says what
// is wrong before anything else.
#pragma once

#if defined(_MSVC_LANG)  // MSVC's __cplusplus says C++98 unless it is asked for the truth
#define EVOMLP_LANGUAGE _MSVC_LANG
#else
#define EVOMLP_LANGUAGE __cplusplus
#endif
#if EVOMLP_LANGUAGE < 202002L
#error "evomlp needs C++20, and this file is compiled as an older C++: add -std=c++20 (MSVC: /std:c++20), or link \
CMake's target evomlp::evomlp, which asks for it"
// g++ and clang go on after #error, with pages of errors that hide it. They stop where a file is missing.
#include <evomlp_stops_here>
#endif
#undef EVOMLP_LANGUAGE
