# SPDX-License-Identifier: MIT
# awk -v out=DIR -f snippets.awk README.md docs/…/page.md…: turns the ```cpp blocks of Markdown pages into C++.
#
# Pages of one folder become one source, DIR/<folder>.cpp, so that the headers are parsed once; each page is a namespace
# in it, with `using namespace evomlp`. #line leads the compiler's messages back to the page. A block with `int main` is a
# program, DIR/programs/<page>.cpp. HTML comments before a block say what it is:
#   (nothing)                             declarations; later blocks of the page see them
#   <!-- snippet: own namespace NAME -->  declarations in a namespace of their own
#   <!-- snippet: in-function -->         statements, in a function that the test of the page calls
#   <!-- snippet: continued -->           more statements of the same function
#   <!-- snippet: not run REASON -->      statements or a program, compiled only
#   <!-- snippet: file PATH -->           a copy of that file, compared
#   <!-- snippet: skip REASON -->         not compiled
#   <!-- declare: CODE -->  <!-- prelude: CODE -->  <!-- check: CODE -->
#                                         not shown: declarations before it, statements before it, statements after it
# DIR/pages.txt lists "<page> <function>…", DIR/main.cpp runs them by page.

function fail(message) {
  printf "%s:%d: %s\n", FILENAME, FNR, message > "/dev/stderr"
  failed = 1
  exit 1
}

function line_marker(number) { return "#line " number " \"" FILENAME "\"\n" }

function close_function() {
  if (open_function != "") {
    body[group] = body[group] pending_check "}\n"
    open_function = pending_check = ""
  }
}

function close_page() {
  close_function()
  if (page != "") body[group] = body[group] "}  // namespace " page "\n"
  page = ""
}

function start_page(   name) {
  if (text_of != "" || in_block || in_comment) fail("the page before this one ends inside a block or a comment")
  close_page()
  forget()
  name = FILENAME
  sub(/\.md$/, "", name)
  group = name
  if (group ~ /\//) { sub(/^docs\//, "", group); if (!sub(/\/[^\/]*$/, "", group)) group = "docs" }
  gsub(/[^A-Za-z0-9]/, "_", name)
  gsub(/[^A-Za-z0-9]/, "_", group)
  page = tolower(name)
  group = tolower(group)
  body[group] = body[group] "\nnamespace " page " {\nusing namespace evomlp;\n"
}

function forget() { kind = declare = prelude = check = "" }

function take_comment(text) {
  if (text ~ /^snippet:/) {
    if (kind != "") fail("two kinds for one block")
    sub(/^snippet:[ \t]*/, "", text)
    sub(/[ \t\n]+$/, "", text)
    if (text !~ /^(in-function|continued|own namespace [a-z_]+|not run .+|file .+|skip .+)$/) fail("unknown snippet '" text "'")
    kind = text
  } else if (sub(/^declare:/, "", text)) declare = declare line_marker(comment_line) text "\n"
  else if (sub(/^prelude:/, "", text)) prelude = prelude line_marker(comment_line) text "\n"
  else if (sub(/^check:/, "", text)) check = check line_marker(comment_line) text "\n"
}

function add_function(code,   name) {
  close_function()
  name = "at_line_" block_line
  body[group] = body[group] "void " name "() {\n" prelude line_marker(block_line + 1) code
  open_function = name
  pending_check = check
  if (kind !~ /^not run/) runs[FILENAME] = runs[FILENAME] " " page "::" name
}

function compare_with_file(path, code,   line, whole, status) {
  whole = ""
  while ((status = (getline line < path)) > 0) whole = whole line "\n"
  close(path)
  if (status < 0) fail("there is no file " path)
  if (whole != code) fail("the block that ends here differs from " path)
}

function take_block(code,   lines, count, i, kept, file) {
  blocks++
  if (kind ~ /^skip /) return
  if (kind ~ /^file /) {
    file = kind
    sub(/^file /, "", file)
    compare_with_file(file, code)
    return
  }
  if (code ~ /(^|\n)int main\(/) {
    if (FILENAME in has_program) fail("a second program on this page")
    has_program[FILENAME] = 1
    file = page
    sub(/^docs_/, "", file)
    printf "%s%s", line_marker(block_line + 1), code > (out "/programs/" file ".cpp")
    close(out "/programs/" file ".cpp")
    printf "%s %s\n", file, (kind ~ /^not run/ ? "no" : "yes") > (out "/programs.txt")
    return
  }
  groups[group] = 1
  count = split(code, lines, "\n")  # includes belong to the top
  kept = ""
  for (i = 1; i < count; i++) {
    if (lines[i] ~ /^#include/) { includes[group] = includes[group] lines[i] "\n"; lines[i] = "" }
    kept = kept lines[i] "\n"
  }
  if (kind == "continued") {
    if (open_function == "") fail("continues no function")
    body[group] = body[group] prelude line_marker(block_line + 1) kept
    pending_check = pending_check check
    return
  }
  close_function()
  body[group] = body[group] declare
  if (kind == "in-function" || kind ~ /^not run/) {
    add_function(kept)
    return
  }
  if (kind ~ /^own namespace/) {
    sub(/^own namespace /, "", kind)
    kept = "namespace " kind " {\n" line_marker(block_line + 1) kept "}  // namespace " kind "\n"
  } else kept = line_marker(block_line + 1) kept
  body[group] = body[group] kept
  if (check != "") { prelude = ""; add_function(""); close_function() }
}

FNR == 1 { start_page() }

in_block {
  if ($0 ~ /^```[ \t]*$/) { in_block = 0; if (is_cpp) take_block(text_of); text_of = ""; forget(); next }
  if (is_cpp) text_of = text_of $0 "\n"
  next
}
in_comment {
  line = $0
  if (line ~ /-->/) { sub(/-->.*/, "", line); take_comment(text_of line); text_of = ""; in_comment = 0 }
  else text_of = text_of line "\n"
  next
}
/^```/ {
  in_block = 1
  is_cpp = $0 ~ /^```cpp[ \t]*$/
  if (!is_cpp && tolower($0) ~ /^```[ \t]*(c\+\+|cpp|cc|cxx|hpp)/) fail("write ```cpp, and nothing behind it")
  if (!is_cpp && (kind declare prelude check) != "") fail("a snippet comment before a block that isn't C++")
  block_line = FNR
  text_of = ""
  next
}
/^[ \t]+```/ { fail("an indented block would not be compiled") }
/^<!--[ \t]*(snippet|declare|prelude|check):/ {
  comment_line = FNR
  line = $0
  sub(/^<!--[ \t]*/, "", line)
  if (line ~ /-->/) { sub(/-->.*/, "", line); take_comment(line) }
  else { in_comment = 1; text_of = line "\n" }
  next
}
/[^ \t]/ { if ((kind declare prelude check) != "") fail("a snippet comment that no block follows") }

END {
  if (failed) exit 1
  if (in_block || in_comment) fail("ends inside a block or a comment")
  close_page()
  if (blocks == 0) fail("no block of C++ in any page")
  for (group in groups) {
    file = out "/" group ".cpp"
    printf "#include <evomlp/evomlp.hpp>\n#include \"docs/snippet.hpp\"\n%s%s", includes[group], body[group] > file
    close(file)
  }
  main = out "/main.cpp"
  print "#include \"docs/snippet.hpp\"\n" > main
  for (file in runs) {
    count = split(runs[file], functions, " ")
    for (i = 1; i <= count; i++) {
      split(functions[i], parts, "::")
      printf "namespace %s { void %s(); }\n", parts[1], parts[2] > main
    }
  }
  print "\nint main(int argc, char** argv) {\n  return run_page(argc, argv, {" > main
  for (file in runs) {
    print file > (out "/pages.txt")
    count = split(runs[file], functions, " ")
    for (i = 1; i <= count; i++) printf "      {\"%s\", \"%s\", &%s},\n", file, functions[i], functions[i] > main
  }
  print "  });\n}" > main
}
