#!/bin/sh
# SPDX-License-Identifier: MIT
# matrix.sh SCRIPTS SCRATCH: the cells that scripts/matrix --help tells of are those that run every week, and those of
# the table in docs/explanation/stability.md; another name is refused.
set -eu
root=$1/..
rm -rf "$2"
mkdir -p "$2"
cd "$2"

fail() {
  echo "$*" && exit 1
}
"$root/scripts/matrix" --help | sed -n 's/^  \([^ ]*\)  .*/\1/p' >help
sed -n 's/^ *cell: \[\(.*\)\]$/\1/p' "$root/.github/workflows/scheduled.yml" | tr -d ' ' | tr ',' '\n' >weekly
sed -n '/^## What is tested/,$s/^| `\([^`]*\)` | .*/\1/p' "$root/docs/explanation/stability.md" |
  grep -v '^clang-19$' >table # which is of scripts/test
[ "$(wc -l <help)" -gt 5 ] || fail "--help has $(wc -l <help) cells"
cmp help weekly || fail "other cells in scheduled.yml: $(cat weekly)"
cmp help table || fail "other cells in stability.md: $(cat table)"
if "$root/scripts/matrix" xtensor-0.1 2>log; then fail "expected a refusal of a cell that isn't there"; fi
grep -qF "unknown cell 'xtensor-0.1'" log || fail "says: $(cat log)"
echo "every cell is run and told of"
