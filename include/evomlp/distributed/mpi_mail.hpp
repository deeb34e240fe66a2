// SPDX-License-Identifier: MIT
// Short notes between the processes, beside their sums: "I have left", "I am broken", "I have ended".
#pragma once

#include "evomlp/distributed/mpi_call.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// Each note goes to all others, and says how many sums and exchanges its writer had begun: who waits for a later one
/// waits in vain.
class MpiMail {
 public:
  enum class Kind : std::int32_t { left, broken, ended };

  /// What is known of another process.
  struct Standing {
    std::optional<std::uint64_t> left{}, broken{}, ended{};  // after how many sums and exchanges
    std::string why_left{}, why_broken{};
  };

  explicit MpiMail(MPI_Comm like)
      : comm_(like), rank_(comm_.rank()), standings_(static_cast<std::size_t>(comm_.size())) {}

  int rank() const { return rank_; }
  int size() const { return static_cast<int>(standings_.size()); }
  const Standing& of(int rank) const { return standings_[static_cast<std::size_t>(rank)]; }

  /// Returns at once.
  void send(Kind kind, std::uint64_t begun, const std::string& text) {
    auto letter = std::make_unique<Letter>();
    letter->note = {.begun = begun, .kind = kind};
    letter->note.length = static_cast<std::uint32_t>((std::min)(text.size(), sizeof letter->note.text));
    std::memcpy(letter->note.text, text.data(), letter->note.length);
    letter->requests.assign(standings_.size(), MPI_REQUEST_NULL);
    Letter& sent = *sent_.emplace_back(std::move(letter));
    for (int other = 0; other < size(); ++other)
      if (other != rank_)
        mpi_call(MPI_Isend(&sent.note, sizeof sent.note, MPI_BYTE, other, 0, comm_,
                           &sent.requests[static_cast<std::size_t>(other)]),
                 "MPI_Isend");
  }

  /// Everything that was sent has gone.
  bool is_out() {
    return std::all_of(sent_.begin(), sent_.end(), [](const auto& letter) {
      int done = 0;
      mpi_call(
          MPI_Testall(static_cast<int>(letter->requests.size()), letter->requests.data(), &done, MPI_STATUSES_IGNORE),
          "MPI_Testall");
      return done != 0;
    });
  }

  void receive() {
    for (;;) {
      int is_there = 0;
      MPI_Status status;
      mpi_call(MPI_Iprobe(MPI_ANY_SOURCE, 0, comm_, &is_there, &status), "MPI_Iprobe");
      if (is_there == 0) return;
      Note note;
      mpi_call(MPI_Recv(&note, sizeof note, MPI_BYTE, status.MPI_SOURCE, 0, comm_, MPI_STATUS_IGNORE), "MPI_Recv");
      Standing& from = standings_[static_cast<std::size_t>(status.MPI_SOURCE)];
      const std::string text(note.text, note.length);
      if (note.kind == Kind::left) {
        from.left = note.begun;
        from.why_left = text;
      } else if (note.kind == Kind::broken) {
        from.broken = note.begun;
        from.why_broken = text;
      } else {
        from.ended = note.begun;
      }
    }
  }

  void free() { comm_.free(); }

 private:
  struct Note {  // short enough to be sent without the receiver's help
    std::uint64_t begun = 0;
    Kind kind{};
    std::uint32_t length = 0;
    char text[1008] = {};
  };
  struct Letter {
    Note note;
    std::vector<MPI_Request> requests;
  };

  MpiComm comm_;
  int rank_;
  std::vector<Standing> standings_;
  std::vector<std::unique_ptr<Letter>> sent_;
};

}  // namespace evomlp::detail
