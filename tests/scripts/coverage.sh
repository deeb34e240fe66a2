#!/bin/sh
# SPDX-License-Identifier: MIT
# coverage.sh SCRIPTS SCRATCH: scripts/coverage counts the lines of include/ that programs run, in whichever instance and
# program, none of others, and fails below its floor.
set -eu
scripts=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch/include/room" "$scratch/build/bin/tests" "$scratch/build/coverage"
cd "$scratch"
echo "CMAKE_CXX_COMPILER:FILEPATH=$(command -v clang++-14)" >build/CMakeCache.txt

fails_with() {
  expected=$1 && shift
  ended=0 && "$@" >log 2>&1 || ended=$?
  if [ "$ended" -ne "$expected" ]; then echo "ended with $ended, expected $expected:" && cat log && exit 1; fi
}
says() {
  if ! grep -qF "$1" log; then echo "expected '$1', got:" && cat log && exit 1; fi
}

fails_with 2 "$scripts/coverage" build
says "no test has counted lines in build/coverage"

# Seven lines: `first` runs four, `second` two more, one of them in another instance of the template.
cat >include/room/lines.hpp <<'HEADER'
template <class T>
int sign(T x) {
  if (x < 0)
    return -1;
  return 1;
}
inline int never() { return 3; }
inline int by_second() { return 4; }
HEADER
echo '#include "room/lines.hpp"
int main(int n, char**) { return n > 9 ? never() : sign(2.0) - 1; }' >first.cpp
echo '#include "room/lines.hpp"
int main(int n, char**) { return n > 9 ? never() : sign(-2) + by_second() - 3; }' >second.cpp
printf '[clang]\nsrc:%s/include/*\n' "$scratch" >list
for program in first second; do
  clang++-14 -O0 -I"$scratch/include" -fprofile-instr-generate -fcoverage-mapping -fprofile-list=list $program.cpp \
    -o build/bin/tests/$program
done

LLVM_PROFILE_FILE=build/coverage/first.profraw build/bin/tests/first
fails_with 1 "$scripts/coverage" build
says "       3        7   57.1 %  room/lines.hpp"
says "coverage: 57.14 % of 7 lines, floor 95 %"

LLVM_PROFILE_FILE=build/coverage/second.profraw build/bin/tests/second
fails_with 0 env EVOMLP_COVERAGE_FLOOR=85.7 "$scripts/coverage" build
says "       1        7   85.7 %  room/lines.hpp"
[ -s build/coverage/html/index.html ] || { echo "no HTML report" && exit 1; }
fails_with 1 env EVOMLP_COVERAGE_FLOOR=85.8 "$scripts/coverage" build
echo "coverage counts what it should"
