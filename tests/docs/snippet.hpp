// SPDX-License-Identifier: MIT
// What the snippets of the pages are run with.
#pragma once

#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xview.hpp>
#endif

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <exception>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

struct Snippet {
  std::string_view page;
  const char* name;
  void (*run)();
};

/// Runs the snippets of the page named in argv[1]; 0 when all of them did, and there was one.
inline int run_page(int argc, char** argv, std::initializer_list<Snippet> snippets) {
  const std::string_view page = argc > 1 ? argv[1] : "";
  int ran = 0, failed = 0;
  for (const Snippet& snippet : snippets) {
    if (snippet.page != page) continue;
    ++ran;
    try {
      snippet.run();
    } catch (const std::exception& error) {
      ++failed;
      std::fprintf(stderr, "%s: %s\n", snippet.name, error.what());
    }
  }
  std::printf("%d snippets ran, %d failed\n", ran, failed);
  return ran > 0 && failed == 0 ? 0 : 1;
}

struct SnippetFailed : std::exception {
  const char* what() const noexcept override { return "what its page says of it does not hold"; }
};

/// For `check:` comments.
inline void require(bool holds) {
  if (!holds) throw SnippetFailed{};
}

/// True if E is thrown.
template <class E>
bool throws(auto call) {
  try {
    call();
  } catch (const E&) {
    return true;
  }
  return false;
}

struct AnyField {
  template <class F>
  operator F() const;
};
template <class A, class... F>
constexpr int fields(F... all) {
  if constexpr (requires { A{all..., AnyField{}}; }) return fields<A>(all..., AnyField{});
  else return sizeof...(F);
}

template <int count, class A>
auto as_tuple(const A& it) {
  if constexpr (count == 1) { const auto& [a] = it; return std::tuple(a); }
  if constexpr (count == 2) { const auto& [a, b] = it; return std::tuple(a, b); }
  if constexpr (count == 3) { const auto& [a, b, c] = it; return std::tuple(a, b, c); }
  if constexpr (count == 4) { const auto& [a, b, c, d] = it; return std::tuple(a, b, c, d); }
  if constexpr (count == 5) { const auto& [a, b, c, d, e] = it; return std::tuple(a, b, c, d, e); }
  if constexpr (count == 6) { const auto& [a, b, c, d, e, f] = it; return std::tuple(a, b, c, d, e, f); }
}

/// Two settings types with the same fields in the same order, of the same types and with the same defaults.
template <class A, class B>
bool same_settings() {
  static_assert(fields<A>() == fields<B>(), "the page lists other fields");
  return as_tuple<fields<A>()>(A{}) == as_tuple<fields<B>()>(B{});
}
