// SPDX-License-Identifier: MIT
// What device.cpp needs of what it runs on: desktop.cpp or cortex_m.cpp.
#pragma once

#include <cstddef>

/// Prints "name value".
void report(const char* name, unsigned value);

/// How many bytes of stack a call takes; 0 where nobody looks.
std::size_t stack_used(void (*call)());
