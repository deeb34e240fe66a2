# SPDX-License-Identifier: MIT
# What include-what-you-use says, to "HEADER: #include <NAME>  // for WHAT" of each header of the standard library that one
# of ours uses and doesn't include; ends with 1 if there is one. Of the rest of what it says nothing is taken:
#   - what should be removed: it doesn't see what a template uses before it is called,
#   - our own headers: those that a room is made of include each other, and what a default template argument names is not
#     used by who leaves it out,
#   - xtensor's and RapidJSON's: only the headers named in tests/check_includes.cmake may include them,
#   - <math.h>: our formulas call exp(x) unqualified, for SIMD batches too.
/should add these lines:$/ {
  header = $1
  sub(/^.*\/evomlp\//, "", header)
  adding = 1
  next
}
/should remove these lines:$|^The full include-list/ { adding = 0 }
adding && /^#include <[a-z_]+> / {
  names = $0
  sub(/^.*\/\/ for /, "", names)
  n = split(names, name, ", ")
  for (i = 1; i <= n; i++)
    # Operators, members and helpers come with the types they belong to, and max with a vector, which grows by
    # it: that counts where the header itself says std::max.
    if (name[i] !~ /^(operator|_)|<>::|^(allocator|char_traits|basic_string_view|strong_ordering|initializer_list)$/ &&
        (name[i] != "max" || system("grep -q 'std::max' include/evomlp/" header) == 0)) {
      sub(/ +\/\//, "  //")
      print header ": " $0
      found = 1
      break
    }
}
/ has correct #includes|^The full include-list/ { reports++ }
# It has not got through all headers.
/ error: / { print; found = 1 }
END {
  if (!reports) {
    print "include-what-you-use reports nothing"
    found = 1
  }
  exit found
}
