// SPDX-License-Identifier: MIT
#include "platform.hpp"

#include <cstdio>

void report(const char* name, unsigned value) { std::printf("%s %u\n", name, value); }

std::size_t stack_used(void (*call)()) {
  call();
  return 0;
}
