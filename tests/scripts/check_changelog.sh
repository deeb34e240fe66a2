#!/bin/sh
# SPDX-License-Identifier: MIT
# check_changelog.sh SCRIPTS SCRATCH: scripts/check-changelog wants a line for a changed header, in every kind of clone.
set -eu
scripts=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch/one/scripts" "$scratch/one/include/evomlp"
cd "$scratch/one"
# What the machine's own settings of git say doesn't count, and no repository around this one is looked at.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_CEILING_DIRECTORIES="$scratch"
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
cp "$scripts/check-changelog" scripts
cp "$scripts/../include/evomlp/version.hpp" include/evomlp
version=$(sed -n 's/^#define EVOMLP_VERSION_[A-Z]* \([0-9]*\)$/\1/p' include/evomlp/version.hpp | paste -s -d . -)

# expect STATUS "MESSAGE" [ARGUMENT...]
expect() {
  expected=$1
  message=$2
  shift 2
  status=0
  scripts/check-changelog "$@" >"$scratch/said" 2>&1 || status=$?
  if [ "$status" -ne "$expected" ] || ! grep -qF -- "$message" "$scratch/said"; then
    echo "'check-changelog $*' should have ended with $expected and said '$message', but ended with $status and said:"
    cat "$scratch/said"
    exit 1
  fi
}

# changelog LINE...: with these lines below its title.
changelog() {
  printf '# Changelog\n' >CHANGELOG.md
  printf '%s\n' "$@" >>CHANGELOG.md
}

# --- The form -------------------------------------------------------------------------------------------------------
top='## [Unreleased]'
newest="## [$version] - 2026-03-01"
changelog "$top" "$newest" '### Added' '- a' '## [0.0.1] - 2026-01-31' '### Fixed' '- b'
expect 0 "left out, whether headers changed without a line: no git repository"
changelog "$newest" '### Added' '- a'
expect 1 'CHANGELOG.md:2: expected "## [Unreleased]" first'
changelog
expect 1 'no "## [Unreleased]"'
changelog "$top" "## $version" '### Added' '- a'
expect 1 'CHANGELOG.md:3: expected "## [1.2.3] - 2026-01-31"'
changelog "$top" '## [9.9.9] - 2026-03-01' '### Added' '- a'
expect 1 "CHANGELOG.md:3: the newest version is 9.9.9, but that of version.hpp is $version"
changelog "$top" "$newest" '### Added' '- a' '## [99.0.0] - 2026-01-31' '### Added' '- b'
expect 1 "CHANGELOG.md:6: 99.0.0 stands below $version"
changelog "$top" "$newest" '### Added' '- a' '## [0.0.1] - 2027-01-31' '### Added' '- b'
expect 1 "0.0.1 is of a later day than $version"
changelog "$top" '### Improved' '- a'
expect 1 'CHANGELOG.md:3: expected Added, Changed, Deprecated, Removed, Fixed or Security'
changelog "$top" '### Added' '- a' '### Added' '- b'
expect 1 'CHANGELOG.md:5: "### Added" a second time'
changelog "$top" '### Added' "$newest"
expect 1 'nothing under "### Added" above'
changelog "$top" '- a'
expect 1 'CHANGELOG.md:3: a line under no heading'

# --- A line for each change -----------------------------------------------------------------------------------------
if ! command -v git >/dev/null 2>&1; then
  echo "the form is checked; git is not there for the rest"
  exit 0
fi
commit() {
  git add -A
  git commit -q -m "$1"
}
changelog "$top" '### Added' '- a'
echo 'int a;  // one' >include/evomlp/a.hpp
git init -q -b main
commit first
expect 0 "left out, whether headers changed without a line: nothing differs from origin/main, or there is none"
echo 'int b;' >>include/evomlp/a.hpp
expect 1 "  include/evomlp/a.hpp"
echo 'int c;' >include/evomlp/c.hpp
expect 1 "  include/evomlp/c.hpp"
rm include/evomlp/c.hpp
commit "b without a line"
expect 1 "  include/evomlp/a.hpp" HEAD~
changelog "$top" '### Added' '- a' '- b'
commit "its line"
expect 0 "so are the lines since" HEAD~2
expect 2 "'no-such' is no revision" no-such
# What CI names after a first push and after a forced one.
for gone in 0000000000000000000000000000000000000000 0123456789abcdef0123456789abcdef01234567; do
  expect 0 "no commit $gone is here" $gone
  expect 0 "nothing differs from origin/main, or there is none" $gone
done
expect 0 "so are the lines since" "$(git rev-parse HEAD~2)"

git checkout -q -b branch
printf '#include <cstddef>\n\nint a;  // another\nint\n  b;\n' >include/evomlp/a.hpp
commit "what no compiler sees"
expect 0 "so are the lines since" main
echo 'int c;' >>include/evomlp/a.hpp
commit "inside

Changelog: none"
expect 0 "so are the lines since" main
echo 'int d;' >>include/evomlp/a.hpp
commit "d without a line"
expect 1 "  include/evomlp/a.hpp" main
changelog "$top" '### Added' '- a' '- b' '### Changed' '- d'
commit "its line"
expect 0 "so are the lines since" main

# Where this branch left origin/main, and clones that don't know so much.
git clone -q "file://$PWD" ../clone
cd ../clone
git checkout -q main
git rm -q include/evomlp/a.hpp
commit "no a without a line"
echo text >README.md
commit "something else"
expect 1 "  include/evomlp/a.hpp"
git clone -q --depth 1 "file://$scratch/one" ../shallow
cd ../shallow
expect 0 "left out, whether headers changed without a line: nothing differs from origin/main, or there is none"
expect 0 "left out, whether headers changed without a line: 'main' is not in this shallow clone" main
echo "check-changelog wants a line for what changed"
