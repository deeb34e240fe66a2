// SPDX-License-Identifier: MIT
// A Cortex-M without anything: vectors, start, and a debugger's console (Arm semihosting, which QEMU has too).
#include "platform.hpp"

#include <cstdint>

int main();

extern "C" {
extern std::uint32_t stack_top, data_load, data_begin, data_end, bss_begin, bss_end;  // mps2.ld
void start();
void fault();
// Of the C library's start and end, which are not there.
void _exit(int) { fault(); }
}

namespace {

enum Call { write0 = 0x04, report_exception = 0x18 };
enum Reason : std::uintptr_t { run_time_error = 0x20023, application_exit = 0x20026 };

void semihost(Call call, const void* argument) {
  register int r0 asm("r0") = call;
  register const void* r1 asm("r1") = argument;
  asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

[[noreturn]] void stop(Reason reason) {
  semihost(report_exception, reinterpret_cast<const void*>(reason));
  for (;;) {
  }
}

[[gnu::section(".vectors"), gnu::used]] const void* const vectors[16] = {
    &stack_top, reinterpret_cast<const void*>(start),
    reinterpret_cast<const void*>(fault),  // non-maskable interrupt
    reinterpret_cast<const void*>(fault),  // hard fault
};

}  // namespace

void start() {
#if defined(__ARM_FP)
  *reinterpret_cast<volatile std::uint32_t*>(0xE000ED88) |= 0xFu << 20;  // the floating-point unit on
  asm volatile("dsb\n isb");
#endif
  const std::uint32_t* from = &data_load;
  for (std::uint32_t* to = &data_begin; to != &data_end;) *to++ = *from++;
  for (std::uint32_t* to = &bss_begin; to != &bss_end;) *to++ = 0;
  main();
  stop(application_exit);
}

void fault() { stop(run_time_error); }

void report(const char* name, unsigned value) {
  char digits[12];
  char* first = digits + 11;
  *first = 0;
  *--first = '\n';
  do *--first = static_cast<char>('0' + value % 10);
  while ((value /= 10) != 0);
  semihost(write0, name);
  semihost(write0, " ");
  semihost(write0, first);
}

/// Paints the stack below and looks where the paint ends.
[[gnu::noinline]] std::size_t stack_used(void (*call)()) {
  constexpr std::uint32_t paint = 0xA5A5A5A5;
  constexpr std::size_t words = 8192;
  volatile std::uint32_t* top;
  asm volatile("mov %0, sp" : "=r"(top));
  --top;
  for (std::size_t i = 0; i < words; ++i) *(top - i) = paint;
  call();
  std::size_t i = words;
  while (i > 0 && *(top - (i - 1)) == paint) --i;
  return i * sizeof(std::uint32_t);
}
