#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh SOURCES INCLUDE HEADERS NET CPU WORK: compiles HEADERS/NET/network.hpp for a bare Cortex-M and runs it under
# QEMU. CPU is m4 (hardware float) or m0 (none; run by a Cortex-M3, which has all its instructions).
#   - 64 outputs agree with the machine that wrote the header to 1e-5, and self_test() holds
#   - .data, .bss and stack: at most three times the widest layer and 1 KiB more than an empty program
#   - .text and .rodata: at most the weights and 8 KiB more
# The deep network has every layer there is: its code may take as much of libm as it needs.
set -eu
sources=$1 include=$2 headers=$3 net=$4 cpu=$5 work=$6

case $cpu in
  m4) flags="-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard" machine=mps2-an386 ;;
  m0) flags="-mcpu=cortex-m0 -mfloat-abi=soft" machine=mps2-an385 ;;
  *) echo "check.sh: no CPU $cpu" >&2 && exit 2 ;;
esac
fail() {
  echo "check.sh: $net on $cpu: $*" >&2
  exit 1
}

mkdir -p "$work"
# build NAME FLAGS... SOURCE
build() {
  name=$1
  shift
  # shellcheck disable=SC2086
  arm-none-eabi-g++ -std=c++20 -Os -mthumb $flags -fno-exceptions -fno-rtti -ffunction-sections -fdata-sections \
    -Wall -Wextra -Wconversion -Wshadow -Werror -Wno-psabi -I"$include" -I"$headers/$net" \
    "$@" "$sources/cortex_m.cpp" -nostartfiles --specs=nano.specs -Wl,--gc-sections -T "$sources/mps2.ld" -o "$work/$name.elf"
}
build empty "$sources/empty.cpp"
build size -DEMBEDDED_SIZE "$sources/device.cpp"
build device "$sources/device.cpp"

# sections NAME: "FLASH RAM", and over the empty program
sections() {
  arm-none-eabi-size "$work/$1.elf" | awk 'NR == 2 { print $1 + $2, $2 + $3 }'
}
read -r empty_flash empty_ram <<EOF
$(sections empty)
EOF
read -r flash ram <<EOF
$(sections size)
EOF
flash=$((flash - empty_flash)) ram=$((ram - empty_ram))

timeout 60 qemu-system-arm -machine "$machine" -nographic -monitor none -serial none \
  -semihosting-config enable=on,target=native -kernel "$work/device.elf" >"$work/output" 2>&1 || fail "stopped with $?"
value() {
  awk -v name="$1" '$1 == name { print $2; found = 1 } END { exit !found }' "$work/output" || fail "does not report $1"
}
stack=$(value stack) room=$(value room) difference=$(value difference_e9)
weights=$(sed -n 's/.*constant, used where they lie: \([0-9]*\) bytes/\1/p' "$headers/$net/network.hpp")

echo "$net on $cpu: flash $flash ($((flash - weights)) beside the weights), RAM $((ram + stack)) of $room ($stack of stack)," \
  "largest difference $difference e-9"
[ "$(value self_test)" -eq 1 ] || fail "self_test() is false"
[ "$difference" -le 10000 ] || fail "outputs differ by $difference e-9"
[ $((ram + stack)) -le "$room" ] || fail "takes $((ram + stack)) bytes of RAM, expected at most $room"
[ "$net" = deep ] || [ "$flash" -le $((weights + 8192)) ] || fail "takes $flash bytes of flash, expected at most $((weights + 8192))"
echo "passed"
