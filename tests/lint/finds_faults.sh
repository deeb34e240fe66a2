#!/bin/sh
# SPDX-License-Identifier: MIT
# finds_faults.sh SCRATCH: each gate of scripts/lint passes a small tree without faults, and says what is wrong with one.
# (scripts/test lint runs it, where the tools are there.)
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
rm -rf "$1"
mkdir -p "$1"
cd "$1"
mkdir -p .ci benchmarks cmake docs examples/lab include/evomlp/core scripts tests/lint
cp "$here/.clang-format" "$here/.clang-format-ignore" "$here/.clang-tidy" .
cp "$here/.ci/run" .ci
cp "$here/scripts/lint" "$here/scripts/check-changelog" scripts
cp "$here"/tests/lint/* tests/lint
cp "$here/include/evomlp/version.hpp" include/evomlp
printf '# Changelog\n\n## [Unreleased]\n' >CHANGELOG.md
printf '// SPDX-License-Identifier: MIT\nint main() {}\n' >examples/one.cpp
for folder in examples/lab benchmarks tests/lint; do cp examples/one.cpp $folder; done

# header LINE...: a header with these lines in its namespace.
header() {
  printf '#pragma once\n\n#include <cstddef>\n\nnamespace evomlp {\n\n' >include/evomlp/core/one.hpp
  printf '%s\n' "$@" '' '}  // namespace evomlp' >>include/evomlp/core/one.hpp
}

# expect STATUS "MESSAGE" GATE...
expect() {
  expected=$1
  message=$2
  shift 2
  status=0
  scripts/lint "$@" >said 2>&1 || status=$?
  if [ "$status" -ne "$expected" ] || ! grep -qF -- "$message" said; then
    echo "finds_faults: 'scripts/lint $*' should have ended with $expected and said '$message', but ended with $status:" >&2
    cat said >&2
    exit 1
  fi
}

clean='inline std::size_t twice(std::size_t n) { return 2 * n; }'
header "$clean"
expect 0 "passed: format spelling shell changelog includes cppcheck tidy"
expect 2 "no gate 'spell'" spell

header 'inline std::size_t twice(std::size_t n) { return 2*n; }'
expect 1 "include/evomlp/core/one.hpp:7:" format
header '// Recieved.' "$clean"
expect 1 "Recieved ==> Received" spelling
# (<string> comes with the header before.)
printf '#pragma once\n\n#include <string>\n' >include/evomlp/core/a.hpp
header "$clean" 'inline std::string name() { return "one"; }'
expect 1 'core/one.hpp: #include <string>  // for' includes
header "$clean" 'inline int three() { return no_such_name; }'
expect 1 "error: use of undeclared identifier 'no_such_name'" includes
header "$clean" 'inline int first() {' '  int numbers[2] = {0, 1};' '  return numbers[2];' '}'
expect 1 "arrayIndexOutOfBounds" cppcheck
header "$clean" 'inline int Thrice(int n) { return 3 * n; }'
expect 1 "invalid case style for function 'Thrice'" tidy
header 'inline std::size_t twice(std::size_t n) { return 2 * n;'
expect 1 "clang-diagnostic-error" tidy
header "$clean"
expect 0 "passed: programs" programs
echo 'int Two() { return 2; }' >>examples/one.cpp
expect 1 "invalid case style for function 'Two'" programs
# shellcheck disable=SC2016
printf '#!/bin/sh\nrm -r $1\n' >scripts/one
expect 1 "SC2086" shell
rm scripts/one
printf '### Improved\n' >>CHANGELOG.md
expect 1 "CHANGELOG.md:4: expected Added, Changed" changelog
printf '# Changelog\n\n## [Unreleased]\n\n## [9.0.0] - 2026-01-31\n' >CHANGELOG.md
expect 1 "the newest version is 9.0.0, but that of version.hpp is" changelog
# One that fails doesn't hide the others.
printf '# Recieved\n' >README.md
expect 1 "failed: changelog spelling" changelog spelling shell
echo "finds_faults: all found"
