// SPDX-License-Identifier: MIT
// Text out of pieces: words and numbers.
#pragma once

#include "evomlp/core/number_text.hpp"

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

namespace evomlp::detail {

/// Text or a number in a list for concat. A view: it lives as long as what it was made from.
class Piece {
 public:
  Piece(std::string_view text) : kind_(Kind::text), content_{.text = text} {}
  Piece(const char* text) : Piece(std::string_view(text)) {}
  Piece(const std::string& text) : Piece(std::string_view(text)) {}
  Piece(float number) : kind_(Kind::single), content_{.real = number} {}
  Piece(double number) : kind_(Kind::real), content_{.real = number} {}
  template <std::signed_integral I>
  Piece(I number) : kind_(Kind::integer), content_{.integer = number} {}
  template <std::unsigned_integral I>
  Piece(I number) : kind_(Kind::count), content_{.count = number} {}
  Piece(bool) = delete;
  Piece(char) = delete;

  bool is_text() const { return kind_ == Kind::text; }
  std::string_view text() const { return content_.text; }
  /// In the shortest text that reads as the same number again.
  std::string number() const {
    switch (kind_) {
      case Kind::integer: return std::to_string(content_.integer);
      case Kind::count: return std::to_string(content_.count);
      case Kind::single: return number_text<float>(static_cast<float>(content_.real));
      default: return number_text(content_.real);
    }
  }

 private:
  enum class Kind { text, integer, count, single, real };
  union Content {
    std::string_view text;
    double real;
    long long integer;
    unsigned long long count;
  };

  Kind kind_;
  Content content_;
};

/// concat({"label is ", 7, ", expected 0 to ", n}). One list instead of a chain of `+`, which makes a string at each sign,
/// with the code that gives it back when a later one throws: a sixth of a small network's machine code was that.
inline std::string concat(std::initializer_list<Piece> pieces) {
  std::string whole;
  for (const Piece& piece : pieces) {
    if (piece.is_text())
      whole += piece.text();
    else
      whole += piece.number();
  }
  return whole;
}

}  // namespace evomlp::detail
