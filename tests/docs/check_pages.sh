#!/bin/sh
# SPDX-License-Identifier: MIT
# check_pages.sh ROOT: the pages of ROOT (README.md, CONTRIBUTING.md, CHANGELOG.md, docs/) against what is there.
#   - relative links lead to files, and #anchors to headings
#   - each header of include/evomlp is linked from a page, but for the rooms inside (compose, kernels); each example too
#   - each program of the lab has a page in docs/lab, linked from its README.md
#   - docs/reference/compile_errors.md has each message of a static_assert and each #error, word for word
set -eu

cd "$1"
pages=$(find README.md CONTRIBUTING.md CHANGELOG.md docs -name '*.md')
faults=$(mktemp)
trap 'rm -f "$faults"' EXIT

# The anchors of a page's headings, as GitHub makes them.
anchors() {
  awk '/^```/ { code = !code } !code && /^#+ / { sub(/^#+ +/, ""); print tolower($0) }' "$1" |
    sed 's/[^[:alnum:]_ -]//g; s/ /-/g'
}

# "LINE TARGET" for each link outside of code blocks.
links() {
  awk '/^```/ { code = !code } !code {
    rest = $0
    gsub(/`[^`]*`/, "", rest)
    while (match(rest, /\]\([^)]+\)/)) {
      print FNR, substr(rest, RSTART + 2, RLENGTH - 3)
      rest = substr(rest, RSTART + RLENGTH)
    }
  }' "$1"
}

for page in $pages; do
  folder=$(dirname "$page")
  links "$page" | while read -r line target; do
    case $target in
      http://* | https://* | mailto:*) continue ;;
    esac
    path=${target%%#*}
    file=$page
    [ -z "$path" ] || file=$folder/$path
    if [ ! -e "$file" ]; then
      echo "$page:$line: $target is not there" >>"$faults"
    elif [ "$path" != "$target" ] && ! anchors "$file" | grep -qxF -- "${target#*#}"; then
      echo "$page:$line: $target: no such heading" >>"$faults"
    fi
  done
done

# shellcheck disable=SC2086
linked=$(for page in $pages; do links $page; done | sed 's/^[0-9]* //; s/#.*//; s#^\(\.\./\)*##')
find include/evomlp -name '*.hpp' | grep -v '^include/evomlp/\(compose\|kernels\)/' | while read -r header; do
  echo "$linked" | grep -qxF "$header" || echo "$header: no page links to it" >>"$faults"
done
for program in examples/lab/*.cpp; do
  [ -f "$program" ] || continue
  name=$(basename "$program" .cpp)
  grep -qF "]($name.md)" docs/lab/README.md || echo "$program: docs/lab/README.md has no link to $name.md" >>"$faults"
done
find examples -name '[0-9]*.cpp' | while read -r example; do
  echo "$linked" | grep -qxF "$example" || echo "$example: no page links to it" >>"$faults"
done

# "PLACE<tab>MESSAGE" for each #error, its lines joined, and each static_assert with a message, its literals joined.
find include/evomlp -name '*.hpp' | sort | while read -r header; do
  awk -v header="$header" '
    /^#error / {
      text = $0
      while (sub(/\\$/, "", text) && (getline line) > 0) text = text line
      match(text, /".*"/)
      printf "%s:%d\t%s\n", header, FNR, substr(text, RSTART + 1, RLENGTH - 2)
    }
    /static_assert\(/ && !inside { inside = 1; first = FNR; text = "" }
    inside {
      text = text $0
      if (text ~ /\)[ ]*;/) {
        inside = 0
        message = ""
        while (match(text, /"([^"\\]|\\.)*"/)) {
          message = message substr(text, RSTART + 1, RLENGTH - 2)
          text = substr(text, RSTART + RLENGTH)
        }
        gsub(/\\"/, "\"", message)
        if (message ~ /^evomlp/) printf "%s:%d\t%s\n", header, first, message
      }
    }' "$header"
done | while IFS="$(printf '\t')" read -r place message; do
  grep -qF -- "$message" docs/reference/compile_errors.md ||
    echo "$place: docs/reference/compile_errors.md lacks: $message" >>"$faults"
done

if [ -s "$faults" ]; then
  sort "$faults" >&2
  exit 1
fi
echo "$(echo "$pages" | wc -l) pages checked"
