#!/bin/sh
# SPDX-License-Identifier: MIT
# finds_faults.sh SOURCE_DIR SCRATCH COMPILER [FLAGS...]: the checks of the pages must not accept broken ones.
set -eu
here=$1/tests/docs
root=$2
compiler=$3
shift 3

rm -rf "$root"
mkdir -p "$root/docs/reference" "$root/include/evomlp/layers" "$root/include/evomlp/compose" "$root/examples" "$root/out/programs"
cd "$root"
printf '# Top\n' >README.md
cp README.md CONTRIBUTING.md
cp README.md CHANGELOG.md
printf '# Errors\n`evomlp: one sentence in two parts`\n' >docs/reference/compile_errors.md
printf 'static_assert(a,\n  "evomlp: one sentence "\n  "in two parts");\n' >include/evomlp/compose/inside.hpp

# expect STATUS "MESSAGE" COMMAND...: it ends so, and says so.
expect() {
  expected=$1
  message=$2
  shift 2
  status=0
  "$@" >said 2>&1 || status=$?
  [ "$status" -eq 0 ] || status=1
  if [ $status -ne "$expected" ] || { [ -n "$message" ] && ! grep -qF -- "$message" said; }; then
    echo "finds_faults: '$*' should have ended with $expected and said '$message', but ended with $status and said:" >&2
    cat said >&2
    exit 1
  fi
}

expect 0 "4 pages checked" sh "$here/check_pages.sh" .
printf '[there](docs/reference/compile_errors.md#errors) [not there](docs/gone.md)\n' >>README.md
expect 1 "README.md:2: docs/gone.md is not there" sh "$here/check_pages.sh" .
printf '# Top\n[there](docs/reference/compile_errors.md#mistakes)\n' >README.md
expect 1 "docs/reference/compile_errors.md#mistakes: no such heading" sh "$here/check_pages.sh" .
printf '# Top\n[there](#top)\n' >README.md
expect 0 "4 pages checked" sh "$here/check_pages.sh" .
: >include/evomlp/layers/new.hpp
expect 1 "include/evomlp/layers/new.hpp: no page links to it" sh "$here/check_pages.sh" .
rm include/evomlp/layers/new.hpp
: >examples/09_new.cpp
expect 1 "examples/09_new.cpp: no page links to it" sh "$here/check_pages.sh" .
rm examples/09_new.cpp
mkdir examples/lab docs/lab
: >examples/lab/new-one.cpp
echo "[other](https://example.org)" >docs/lab/README.md
expect 1 "examples/lab/new-one.cpp: docs/lab/README.md has no link to new-one.md" sh "$here/check_pages.sh" .
rm -r examples/lab docs/lab
printf 'static_assert(b, "evomlp: another");\n' >>include/evomlp/compose/inside.hpp
expect 1 "compose/inside.hpp:4: docs/reference/compile_errors.md lacks: evomlp: another" sh "$here/check_pages.sh" .
printf '#error "evomlp needs \\\na moon"\n' >include/evomlp/compose/inside.hpp
expect 1 "compose/inside.hpp:2: docs/reference/compile_errors.md lacks: evomlp needs a moon" sh "$here/check_pages.sh" .

# page TEXT: one page of snippets with that text, made into C++.
page() {
  rm -rf out
  mkdir -p out/programs
  printf '%b' "$1" >docs/page.md
  awk -v out=out -f "$here/snippets.awk" docs/page.md
}
expect 1 "unknown snippet 'skip'" page '<!-- snippet: skip -->\n```cpp\nint i;\n```\n'
expect 1 "no block follows" page '<!-- snippet: in-function -->\ntext\n'
expect 1 "ends inside a block" page '```cpp\nint i;\n'
expect 1 "write \`\`\`cpp" page '```c++\nint i;\n```\n'
expect 1 "an indented block" page '- item\n\n  ```cpp\n  int i;\n  ```\n'
expect 1 "differs from README.md" page '<!-- snippet: file README.md -->\n```cpp\nint i;\n```\n'
expect 1 "no block of C++" page 'text\n'

# A snippet that doesn't compile is a compiler error at its place in the page.
compile() { "$compiler" -std=c++20 -fsyntax-only -I"$here/.." "$@" out/docs.cpp; }
expect 0 "" page 'text\n\n```cpp\nusing Net = Sequential<Linear<2, 3>>;\n```\n'
expect 0 "" compile "$@"
expect 0 "" page 'text\n\n```cpp\nusing Net = Sequential<Linear<2, 3>>;\nint width = Net::no_such_member;\n```\n'
expect 1 "docs/page.md:5:" compile "$@"
echo "finds_faults: all found"
