// SPDX-License-Identifier: MIT
// mpirun -np N collectives: sums and exchanges between N processes. Every process runs every test case.
#define DOCTEST_CONFIG_IMPLEMENT
#include "counted_mpi.hpp"
#include "evomlp/core/communicator.hpp"
#include "evomlp/distributed/mpi.hpp"
#include "support/message_of.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace evomlp;
using evomlp_test::contains;
using evomlp_test::given;
using evomlp_test::is_given_once;
using evomlp_test::message_of;

static_assert(OverlappingCommunicator<Mpi>);
static_assert(!std::is_copy_constructible_v<Mpi> && !std::is_move_constructible_v<Mpi>);

namespace {

Mpi* all = nullptr;  // the one that initialised MPI

/// What a rank contributes: numbers of very different sizes, so that each order of adding rounds in its own way.
template <class T>
std::vector<T> numbers_of(int rank, std::size_t n) {
  std::vector<T> numbers(n);
  auto bits = 0x9E3779B97F4A7C15u * static_cast<std::uint64_t>(rank + 1);
  for (T& number : numbers) {
    bits = bits * 6364136223846793005u + 1442695040888963407u;  // Knuth's
    number = static_cast<T>(static_cast<std::int64_t>(bits)) / static_cast<T>(1u << (bits >> 38 & 31u));
  }
  return numbers;
}

/// ((g0 + g1) + g2) + …
template <class T>
std::vector<T> sum_in_order(int size, std::size_t n) {
  auto sum = numbers_of<T>(0, n);
  for (int r = 1; r < size; ++r) {
    const auto next = numbers_of<T>(r, n);
    for (std::size_t i = 0; i < n; ++i) sum[i] += next[i];
  }
  return sum;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

template <class T>
std::string bytes_of(const std::vector<T>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T)};
}

constexpr std::size_t sizes[] = {0, 1, 2, 3, 4, 5, 63, 1000, 100'003};

}  // namespace

TEST_CASE_TEMPLATE("sums are those in the order of ranks", T, float, double) {
  for (const std::size_t n : sizes) {
    CAPTURE(n);
    const auto expected = sum_in_order<T>(all->size(), n);
    auto numbers = numbers_of<T>(all->rank(), n);
    all->sum(numbers);
    CHECK(same_bits(numbers, expected));
    numbers = numbers_of<T>(all->rank(), n);
    all->begin_sum(numbers);
    all->finish_sums();
    CHECK(same_bits(numbers, expected));
  }
}

TEST_CASE("the test's numbers tell the orders apart") {
  if (all->size() < 3) return;
  auto other = numbers_of<float>(1, 1000);
  for (int r = 2; r < all->size(); ++r) {
    const auto next = numbers_of<float>(r, 1000);
    for (std::size_t i = 0; i < 1000; ++i) other[i] += next[i];
  }
  const auto last = numbers_of<float>(0, 1000);
  for (std::size_t i = 0; i < 1000; ++i) other[i] += last[i];
  CHECK(!same_bits(other, sum_in_order<float>(all->size(), 1000)));
}

TEST_CASE("in any order: the same bits everywhere, to rounding those in order") {
  Mpi mpi(MPI_COMM_WORLD, {.sum = MpiSum::in_any_order});
  for (const std::size_t n : sizes) {
    CAPTURE(n);
    auto numbers = numbers_of<double>(mpi.rank(), n), begun = numbers;
    mpi.sum(numbers);
    mpi.begin_sum(begun);
    mpi.finish_sums();
    const auto expected = sum_in_order<double>(mpi.size(), n);
    double worst = 0;
    for (std::size_t i = 0; i < n; ++i) worst = std::fmax(worst, std::fabs(numbers[i] - expected[i]));
    CHECK(worst < 1e5);  // of 1e19
    for (const std::string& bytes : mpi.exchange(bytes_of(numbers))) CHECK(bytes == bytes_of(numbers));
    for (const std::string& bytes : mpi.exchange(bytes_of(begun))) CHECK(bytes == bytes_of(begun));
  }
}

TEST_CASE("many sums at once, with others in between, again and again") {
  for (int step = 0; step < 30; ++step) {
    std::vector<std::vector<float>> buckets;
    for (std::size_t i = 0; i < 9; ++i) buckets.push_back(numbers_of<float>(all->rank(), 500 * i + i));
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      all->begin_sum(buckets[i]);
      if (i == 3) {
        auto loss = numbers_of<double>(all->rank(), 1);
        all->sum(loss);
        CHECK(same_bits(loss, sum_in_order<double>(all->size(), 1)));
      }
      if (i == 5) CHECK(all->exchange("between").size() == static_cast<std::size_t>(all->size()));
    }
    all->finish_sums();
    for (std::size_t i = 0; i < buckets.size(); ++i)
      CHECK(same_bits(buckets[i], sum_in_order<float>(all->size(), 500 * i + i)));
  }
  all->finish_sums();  // of nothing
}

TEST_CASE("more numbers than MPI can count are several sums") {
  for (const bool in_any_order : {false, true}) {
    if (all->size() == 1) return;
    detail::MpiSums sums(MPI_COMM_WORLD, in_any_order, 7);
    const auto wait = [](auto is_done) {
      while (!is_done()) {
      }
    };
    auto begun = numbers_of<double>(all->rank(), 50), waited_for = begun;
    given().clear();
    sums.begin(std::span(begun));
    CHECK(given().size() >= 8);
    CHECK(is_given_once(begun.data(), 50 * sizeof(double)));
    sums.sum(std::span(waited_for), wait);
    wait([&] { return sums.advance(); });
    CHECK(!sums.is_under_way());
    CHECK(begun[49] == doctest::Approx(sum_in_order<double>(all->size(), 50)[49]).epsilon(1e-12));
    CHECK(begun == waited_for);
    sums.free();
  }
}

TEST_CASE("each number is given to MPI once") {
  if (all->size() == 1) return;
  auto gradients = numbers_of<float>(all->rank(), 111'514);
  const std::span<float> whole(gradients);
  given().clear();
  all->begin_sum(whole.subspan(80'001));  // from the last layer to the first
  all->begin_sum(whole.subspan(30'000, 50'001));
  all->begin_sum(whole.first(30'000));
  all->finish_sums();
  CHECK(is_given_once(gradients.data(), whole.size_bytes()));
  CHECK(same_bits(gradients, sum_in_order<float>(all->size(), 111'514)));
  given().clear();
  all->sum(whole);
  CHECK(is_given_once(given().front().begin, whole.size_bytes()));
}

TEST_CASE("texts of any length and content come back by rank") {
  const auto text_of = [](int rank) {
    std::string text(rank == 0 ? 3'000'001 : 7 * static_cast<std::size_t>(rank - 1), static_cast<char>('a' + rank));
    if (!text.empty()) text.front() = '\0';
    return text;
  };
  for (int again = 0; again < 2; ++again) {
    const auto texts = all->exchange(text_of(all->rank()));
    REQUIRE(texts.size() == static_cast<std::size_t>(all->size()));
    for (int r = 0; r < all->size(); ++r) CHECK(texts[static_cast<std::size_t>(r)] == text_of(r));
  }
  for (const std::string& text : all->exchange("")) CHECK(text.empty());
}

TEST_CASE("options that differ between processes, or are invalid, are refused") {
  const bool is_last = all->rank() == all->size() - 1;
  if (all->size() > 1) {
    const std::string last = std::to_string(all->size() - 1);
    CHECK(message_of<TrainingError>([&] { Mpi mpi(MPI_COMM_WORLD, {.bucket_bytes = is_last ? 100 : 1000}); }) ==
          "Mpi: rank 0 sums in_order_of_ranks, buckets of 1000 bytes, rank " + last +
              " in_order_of_ranks, buckets of 100 bytes, expected the same options in all processes");
    CHECK(contains(message_of<TrainingError>([&] {
                     Mpi mpi(MPI_COMM_WORLD, {.sum = is_last ? MpiSum::in_any_order : MpiSum::in_order_of_ranks});
                   }),
                   "rank " + last + " in_any_order, buckets of 1048576 bytes"));
  }
  CHECK(message_of<TrainingError>([] { Mpi mpi(MpiOptions{.timeout = 0}); }) ==
        "Mpi: timeout is 0, expected more than 0 seconds");
  CHECK(contains(message_of<TrainingError>([] { Mpi mpi(MpiOptions{.timeout = std::nan("")}); }), "timeout is nan"));
  CHECK(contains(message_of<TrainingError>([] { Mpi mpi(MpiOptions{.bucket_bytes = 0}); }), "bucket_bytes is 0"));
}

TEST_CASE("one that leaves ends it for the others, who are told why; all that leave at one place go on") {
  if (all->size() == 1) return;
  Mpi mpi(MPI_COMM_WORLD);
  std::vector<float> numbers(10);
  for (int again = 0; again < 3; ++again) {
    mpi.leave("the same mistake in each");
    mpi.sum(numbers);
    mpi.exchange("and on it goes");
  }
  if (mpi.rank() == 1) {
    mpi.leave("row 7 is bad");
    return;
  }
  const std::string expected = "rank " + std::to_string(mpi.rank()) + " of " + std::to_string(mpi.size()) +
                               " can't go on, resume from the last checkpoint: rank 1 of " +
                               std::to_string(mpi.size()) + " has left: row 7 is bad";
  CHECK(message_of<TrainingError>([&] { mpi.sum(numbers); }) == expected);
  CHECK(message_of<TrainingError>([&] { mpi.exchange(""); }) == "Mpi: nothing more can be done together: " + expected);
  CHECK(message_of<TrainingError>([&] { mpi.begin_sum(numbers); }) != "");
  CHECK(message_of<TrainingError>([&] { mpi.finish_sums(); }) != "");
  mpi.leave("this is news to nobody");
}

TEST_CASE("one that leaves in the middle of its sums can't come back; what they write to stays") {
  if (all->size() == 1) return;
  Mpi mpi(MPI_COMM_WORLD);
  auto numbers = std::make_shared<std::vector<float>>(numbers_of<float>(mpi.rank(), 100'000));
  const std::weak_ptr<std::vector<float>> watched = numbers;
  if (mpi.rank() == 0) {
    mpi.begin_sum(*numbers);
    mpi.keep(std::move(numbers));
    CHECK(!watched.expired());
    mpi.leave("a callback threw");
    CHECK(contains(message_of<TrainingError>([&] { mpi.finish_sums(); }), "a callback threw"));
  } else {
    CHECK(contains(message_of<TrainingError>([&] {
                     mpi.begin_sum(*numbers);
                     mpi.finish_sums();
                     mpi.exchange("");  // where the sum was over before the other one left
                   }),
                   " has left: a callback threw"));
    mpi.keep(std::move(numbers));
  }
}

TEST_CASE("one that has ended is missed at once") {
  if (all->size() == 1) return;
  auto mpi = std::make_unique<Mpi>(MPI_COMM_WORLD);
  if (mpi->rank() == 0) {
    CHECK(contains(message_of<TrainingError>([&] { mpi->exchange(""); }), " has ended"));
  }
  mpi.reset();
}

TEST_CASE("one that has left and begins anew misses those that have ended") {
  if (all->size() == 1) return;
  Mpi mpi(MPI_COMM_WORLD);
  if (mpi.rank() != 0) return;
  mpi.leave("only here");
  CHECK(contains(message_of<TrainingError>([&] { mpi.exchange(""); }), " has ended"));
}

TEST_CASE("a wait is over at the time limit") {
  if (all->size() == 1) return;
  Mpi mpi(MPI_COMM_WORLD, {.timeout = 0.5});
  std::vector<double> numbers(3);
  if (mpi.rank() == 0) {
    const std::string message = message_of<TrainingError>([&] { mpi.sum(numbers); });
    CHECK(contains(message, ": it has waited for the others for "));
    CHECK(contains(message, " seconds (MpiOptions::timeout): one of them hangs or is lost"));
  } else {  // those that hang come to know
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    CHECK(contains(message_of<TrainingError>([&] {
                     mpi.sum(numbers);  // which may need no more of rank 0 than it has given
                     mpi.exchange("");
                   }),
                   ": rank 0 of "));
  }
}

namespace {
int signals_of_the_user = 0;
void handler_of_the_user(int) { ++signals_of_the_user; }
}  // namespace

TEST_CASE("SIGTERM is the user's but for the duration of a fit") {
  auto* const before = std::signal(SIGTERM, &handler_of_the_user);
  signals_of_the_user = 0;
  std::vector<float> numbers(1);
  std::raise(SIGTERM);
  all->sum(numbers);
  CHECK(signals_of_the_user == 1);
  {
    const auto scope = all->scope();
    if (all->size() > 1) {
      std::raise(SIGTERM);
      CHECK(signals_of_the_user == 1);
    }
  }
  CHECK(signals_of_the_user == (all->size() > 1 ? 2 : 1));  // nobody has looked at it: it isn't lost
  std::raise(SIGTERM);
  CHECK(signals_of_the_user == (all->size() > 1 ? 3 : 2));
  if (all->size() > 1) {
    Mpi mpi(MPI_COMM_WORLD);
    {
      const auto scope = mpi.scope();
      if (mpi.rank() == 0) std::raise(SIGTERM);
      CHECK(contains(message_of<TrainingError>([&] {
                       mpi.sum(numbers);
                       mpi.exchange("");
                     }),
                     mpi.rank() == 0 ? ": it was told to end (SIGTERM)" : ": rank 0 of "));
    }
    CHECK(signals_of_the_user == 3);  // it was looked at
  }
  std::signal(SIGTERM, before);
}

int main(int argc, char** argv) {
  Mpi mpi;
  all = &mpi;
  return doctest::Context(argc, argv).run();
}
