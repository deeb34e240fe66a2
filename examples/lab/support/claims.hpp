// SPDX-License-Identifier: MIT
// What an experiment claims, each claim judged by itself.
#pragma once

#include <evomlp/evomlp.hpp>

#include <string>
#include <utility>
#include <vector>

namespace lab {

/// unknown: what was measured can't tell, because runs failed or weren't made, or their numbers leave it open.
enum class Outcome { holds, fails, unknown };

/// A statement about the results, what became of it, and the numbers that it stands or falls with.
struct Verdict {
  std::string claim;
  Outcome outcome;
  std::string evidence;
};

/// What a judge function found.
struct Judged {
  bool holds;
  std::string evidence;
};

/// For a judge function whose numbers leave the claim open: `enough(depths >= 3, "a law needs three depths")` throws
/// where that is not so.
inline void enough(bool is_enough, const std::string& what_is_missing) {
  if (!is_enough) throw evomlp::Error(what_is_missing);
}

/// Verdicts in the order of the claims. A judge function takes what it needs from the results itself, so that a figure
/// that isn't there costs this claim alone its verdict:
///
///     claims.add("BN is faster", [&] {
///       const double plain = results.median("plain", "epochs"), bn = results.median("BN", "epochs");
///       return lab::Judged{bn < plain, lab::text(plain, " and ", bn, " epochs")};
///     });
class Claims {
 public:
  /// judge() -> Judged. An evomlp::Error of it makes the outcome unknown, its message the reason.
  template <class Judge>
  void add(std::string claim, const Judge& judge) {
    try {
      Judged judged = judge();
      verdicts_.push_back(
          {std::move(claim), judged.holds ? Outcome::holds : Outcome::fails, std::move(judged.evidence)});
    } catch (const evomlp::Error& error) {
      verdicts_.push_back({std::move(claim), Outcome::unknown, error.what()});
    }
  }

  const std::vector<Verdict>& verdicts() const { return verdicts_; }

 private:
  std::vector<Verdict> verdicts_{};
};

}  // namespace lab
