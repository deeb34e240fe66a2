// SPDX-License-Identifier: MIT
// What the library promises to do without the heap, counted: a program of its own, because it replaces operator new.
#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <span>
#include <string>
#include <vector>

namespace {

std::atomic<std::size_t> allocations{0}, allocated_bytes{0};

void* counted(std::size_t size) {
  ++allocations;
  allocated_bytes += size;
  if (void* const p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}

// The pointer that malloc gave stands before the aligned block.
void* counted(std::size_t size, std::size_t alignment) {
  void* const raw = counted(size + alignment + sizeof(void*));
  const auto first = reinterpret_cast<std::uintptr_t>(raw) + sizeof(void*);
  void** const p = reinterpret_cast<void**>((first + alignment - 1) / alignment * alignment);
  p[-1] = raw;
  return p;
}
void release_aligned(void* p) noexcept {
  if (p) std::free(static_cast<void**>(p)[-1]);
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { release_aligned(p); }
void operator delete[](void* p, std::align_val_t) noexcept { release_aligned(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { release_aligned(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { release_aligned(p); }

using namespace evomlp;
using evomlp_test::normal_batch;

namespace {

std::size_t allocations_of(auto run) {
  const std::size_t before = allocations;
  run();
  return allocations - before;
}

using Residual = Sequential<Linear<2, 32>, ReLU, Repeat<8, ResidualBlock<5.0, Linear<32, 32>, ReLU>>, Linear<32, 1>>;
using Normed =
    Sequential<Linear<20, 50>, BatchNorm1d<50>, ReLU, Dropout<0.2>, Linear<50, 50>, GELU, Softmax, Linear<50, 3>>;
using AboveBlasLimit =
    Sequential<Linear<150, 200>, ReLU, ProjectedResidualBlock<0.5, Linear<200, 150>, Linear<200, 150>, Tanh>,
               HighwayBlock<Linear<150, 150>, SiLU>, ReZeroBlock<Linear<150, 150>>, Linear<150, 4>>;

template <class Net, class T>
void check_net() {
  constexpr std::size_t rows = 33;
  Model<Net, T> model(init::he_normal(), 1);
  const auto x = normal_batch<T>(rows, Net::in_features, 1), target = normal_batch<T>(rows, Net::out_features, 2);
  Labels labels = make_labels(rows);
  labels.fill(0);

  Workspace<Net, T> workspace(64);
  T sum = 0;
  const auto run = [&] {
    sum += predict(model, x, workspace)(rows - 1, 0);
    sum += predict_proba(model, x, workspace)(rows - 1, 0);
    sum += static_cast<T>(predict_class(model, x, workspace)(rows - 1));
  };
  run();
  CHECK(allocations_of(run) == 0);

  std::array<T, Net::in_features> one{};
  std::array<T, Net::out_features> out{};
  CHECK(allocations_of([&] { predict(model, one, out); }) == 0);
  CHECK(allocations_of([&] { predict_proba(model, one, out); }) == 0);
  CHECK(allocations_of([&] { sum += static_cast<T>(predict_class(model, one)); }) == 0);

  State adam(model, chain(ClipGradValue{1.0}, ClipGradNorm{5.0}, L2{1e-4}, Adam{.lr = 1e-3}, ClipUpdateValue{0.1}),
             {.max_batch = 64});
  const auto step = [&] { train_step(model, adam, MSELoss{}, x, target); };
  step();
  CHECK(allocations_of([&] {
          for (int i = 0; i < 5; ++i) step();
        }) == 0);

  State sgd(model, Momentum{.lr = 1e-3, .momentum = 0.9}, {.max_batch = 64});
  const auto step_on_labels = [&] { train_step(model, sgd, CrossEntropyLoss{}, x, labels); };
  step_on_labels();
  CHECK(allocations_of([&] {
          for (int i = 0; i < 5; ++i) step_on_labels();
        }) == 0);
}

}  // namespace

TEST_CASE("The counter counts, aligned and not") {
  CHECK(allocations_of([] { std::vector<int> v(10, 1); }) == 1);
  CHECK(allocations_of([] { AlignedBuffer<float> v(10, 1.0f); }) == 1);
  const Model<Residual> model;
  CHECK(allocations_of([&] { predict(model, make_matrix<float>(3, 2)); }) > 0);
}

TEST_CASE("A residual net predicts and trains without the heap after the first call") {
  check_net<Residual, float>();
  check_net<Residual, double>();
}
TEST_CASE("A net with BatchNorm1d and Dropout predicts and trains without the heap after the first call") {
  check_net<Normed, float>();
}
TEST_CASE("A net above the BLAS limit predicts and trains without the heap after the first call") {
  check_net<AboveBlasLimit, float>();
}

TEST_CASE("A file that claims 2^60 elements allocates no more than its header and a message") {
  const auto refused = [](const std::string& file, auto load) {
    const auto bytes = std::as_bytes(std::span(file));
    const std::size_t before = allocated_bytes;
    CHECK_THROWS_AS(load(bytes), FileError);
    CHECK(allocated_bytes - before < 5000);
  };
  const std::string shape = "{'descr': '<f4', 'fortran_order': False, 'shape': (1152921504606846976,)}";
  refused(std::string("\x93NUMPY\1\0", 8) + static_cast<char>(shape.size()) + '\0' + shape + std::string(64, 'x'),
          [](auto bytes) { load_npy(bytes); });
  refused(std::string("\0\0\x08\3\x40\0\0\0\x40\0\0\0\0\0\0\1"
                      "elements",
                      24),
          [](auto bytes) { load_idx(bytes, bytes); });
}
