#!/bin/sh
# SPDX-License-Identifier: MIT
# release.sh SCRIPTS SCRATCH: scripts/release changes every place that the test package/version holds, and the git commands
# that it prints do what they should.
set -eu
scripts=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch/one/docs"
cd "$scratch/one"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_CEILING_DIRECTORIES="$scratch"
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
for file in scripts/release scripts/check-changelog include/evomlp/version.hpp packaging/vcpkg/ports/evomlp/vcpkg.json \
  CITATION.cff README.md docs/how_to/use_it_in_your_build.md; do
  mkdir -p "$(dirname $file)"
  cp "$scripts/../$file" $file
done
printf '%s\n' '# Changelog' '## [Unreleased]' '### Added' '- a' '### Fixed' '- b' >CHANGELOG.md
present=$(sed -n 's/^#define EVOMLP_VERSION_[A-Z]* \([0-9]*\)$/\1/p' include/evomlp/version.hpp | paste -s -d . -)
next=$((${present%%.*} + 1))

fail() {
  echo "$1"
  cat "$scratch/said"
  exit 1
}

# expect STATUS "MESSAGE" COMMAND...
expect() {
  expected=$1
  message=$2
  shift 2
  status=0
  "$@" >"$scratch/said" 2>&1 || status=$?
  if [ "$status" -ne "$expected" ] || ! grep -qF -- "$message" "$scratch/said"; then
    fail "'$*' should have ended with $expected and said '$message', but ended with $status and said:"
  fi
}

# The test package/version, of the files here.
check_version() {
  cmake -DSOURCE_DIR="$PWD" -DVERSION="$1" -P "$scripts/../tests/package/version_test.cmake"
}

# --- What is refused, with nothing changed --------------------------------------------------------------------------
cp -r . ../before
expect 2 "release: '1.2' is no version, expected 1.2.3" scripts/release 1.2
expect 2 "release: 0.0.1 is below the present version, $present" scripts/release 0.0.1
diff -r . ../before

# --- Every place ----------------------------------------------------------------------------------------------------
expect 0 "The sources now say $next.9.0." scripts/release $next.9.0
expect 2 "release: $next.9.0 is in CHANGELOG.md already" scripts/release $next.9.0
expect 1 "release: CHANGELOG.md has nothing under Unreleased" scripts/release $next.10.0
expect 0 "- a" scripts/release --notes $next.9.0
expect 0 "the form is right" scripts/check-changelog
if command -v cmake >/dev/null 2>&1; then
  check_version $next.9.0
  # fault FILE SED: a FILE that says something else is found.
  fault() {
    cp "$1" ../kept
    sed "$2" ../kept >"$1"
    expect 1 "$1 says" check_version $next.9.0
    cp ../kept "$1"
  }
  fault packaging/vcpkg/ports/evomlp/vcpkg.json "s/$next.9.0/$next.8.0/"
  fault CITATION.cff "s/^version: .*/version: $next.9/"
  fault CITATION.cff 's/^date-released: .*/date-released: 2001-01-01/'
  fault CITATION.cff '/^date-released/d'
  fault docs/how_to/use_it_in_your_build.md "s/(evomlp $next.9/(evomlp $next.8/"
  fault docs/how_to/use_it_in_your_build.md "s#evomlp/$next.9.0#evomlp/$next.8.0#"
  fault README.md 's/find_package(evomlp REQUIRED/find_package(evomlp 0.0 REQUIRED/'
fi

# --- The commands that it prints ------------------------------------------------------------------------------------
if ! command -v git >/dev/null 2>&1; then
  echo "every place is changed; git is not there for the rest"
  exit 0
fi
mkdir -p tests/corpus
echo old >tests/corpus/old
git init -q -b main
git add -A
git commit -q -m first
printf '%s\n' '# Changelog' '## [Unreleased]' '### Added' '- c' '### Fixed' '- d' "## [$next.9.0] - 2026-01-31" '### Added' '- a' \
  >CHANGELOG.md
# By numbers, not letter by letter.
scripts/release $next.10.0 >"$scratch/said"
grep -qF 'build/bin/tests/write_corpus tests/corpus' "$scratch/said" || fail "no files of this version are asked for:"
[ "$(grep -c '^date-released: ' CITATION.cff)" -eq 1 ] || fail "CITATION.cff has more than one day, after:"
mkdir tests/corpus/$next.10.0
echo new >tests/corpus/$next.10.0/file
sed -n 's/^  git /git /p' "$scratch/said" >../commands
sh -eu ../commands >../git_said
[ -z "$(git status --porcelain)" ] || fail "something is left out of the commit, after:"
git cat-file -e "v$next.10.0:tests/corpus/$next.10.0/file" || fail "the tag has no files of this version, after:"
git for-each-ref --format='%(contents)' refs/tags/v$next.10.0 | sed '/^$/d' >../tag
printf '%s\n' "EvoMLP $next.10.0" '### Added' '- c' '### Fixed' '- d' | diff - ../tag || fail "the tag says something else, after:"
echo "scripts/release changes every place, and its commands commit and tag it all"
