// SPDX-License-Identifier: MIT
// A step whose batch is cut into parts: over the processes of a communicator, and in each over `.accumulate`.
#pragma once

#include "evomlp/core/aligned_buffer.hpp"
#include "evomlp/core/communicator.hpp"
#include "evomlp/losses/loss.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/train/batch_part.hpp"
#include "evomlp/train/batches.hpp"
#include "evomlp/train/data_source.hpp"
#include "evomlp/train/state.hpp"
#include "evomlp/train/train_step.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

namespace evomlp::detail {

/// The batch of a step is cut into size() · accumulate parts; process r computes parts r · accumulate on, one after the
/// other. The loss, the gradients and running statistics of the batch are the sums of the parts', each times its share of
/// the batch. So with accumulate = 1 processes add, in the order of ranks, what one process adds in the order of parts:
/// the same bits, since both round the same products before they add.
template <class Net, class T, class L, class S, class C>
class DividedStep {
  static constexpr bool overlaps = OverlappingCommunicator<C>;

 public:
  DividedStep(const S& source, C& team, std::size_t batch, std::size_t accumulate, bool sync_batchnorm)
      : source_(source),
        team_(team),
        accumulate_(accumulate),
        parts_(static_cast<std::size_t>(team.size()) * accumulate),
        largest_(largest_part(batch, parts_)),
        synced_(sync_batchnorm && team.size() > 1),
        batches_(source, largest_),
        weights_(has_weights(source) ? batch : 0),
        losses_(accumulate),
        part_gradients_(accumulate > 1 ? Model<Net, T>::num_parameters : 0),
        buffers_(parts_ > 1 ? Model<Net, T>::num_buffers : 0),
        part_buffers_(buffers_.size()) {}

  /// Rows of the largest part.
  std::size_t largest() const { return largest_; }

  /// The batch of the step: the first part that is this process's is fetched.
  void begin(std::span<const std::size_t> rows) {
    rows_ = rows;
    if (!weights_.empty() && parts_ > 1) gather_weights(source_, rows, weights_.data());
    fetch(0);
  }
  /// The part that was fetched.
  const Batches<Net, T, L>& part() const { return batches_; }
  std::size_t part_rows() const { return range_.rows; }
  Noise noise(const auto& state) const {
    Noise noise = state.noise();
    noise.first_row = range_.first;
    return noise;
  }

  /// What the samples of the batch count together.
  double weight() const {
    if (parts_ == 1) return batches_.weight(range_.rows);
    return weight_of({0, rows_.size()});
  }

  /// The step. `with_sums` is numbers that are to be summed over the processes with the loss.
  template <class Isa, class Chain>
  double run(Model<Net, T>& model, State<Net, T, Chain>& state, const L& loss, std::span<double> with_sums = {}) {
    return step_around<Isa>(model, state, [&] {
      if (parts_ == 1)
        return gradients_of<Isa>(model, state, loss, batches_.x(), range_.rows,
                                 batches_.template targets<Isa>(range_.rows), nullptr, batches_.weights());
      try {
        double value = own_parts<Isa>(model, state, loss);
        if (team_.size() > 1) value = over_team(state, value, with_sums);
        std::copy(buffers_.begin(), buffers_.end(), model.buffers().begin());
        return value;
      } catch (...) {  // from the source or the team: the step was not made
        std::copy_n(state.work().buffers_before, buffers_.size(), model.buffers().begin());
        throw;
      }
    });
  }

 private:
  void fetch(std::size_t part) {
    part_ = static_cast<std::size_t>(team_.rank()) * accumulate_ + part;
    range_ = part_of(rows_.size(), part_, parts_);
    batches_.gather(source_, rows_.subspan(range_.first, range_.rows), "fit");
  }

  double weight_of(RowRange range) const {
    if (weights_.empty()) return static_cast<double>(range.rows);
    const auto first = weights_.begin() + static_cast<std::ptrdiff_t>(range.first);
    return std::accumulate(first, first + static_cast<std::ptrdiff_t>(range.rows), 0.0);
  }

  template <class Isa, class Chain>
  double own_parts(Model<Net, T>& model, State<Net, T, Chain>& state, const L& loss) {
    const auto memory = state.work();
    const std::size_t parameters = Model<Net, T>::num_parameters, buffers = buffers_.size();
    unsent_ = memory.gradients + parameters;
    gradients_ = memory.gradients;
    for (std::size_t i = 0; i < accumulate_; ++i) {
      if (i > 0) {
        fetch(i);
        std::copy_n(memory.buffers_before, buffers, model.buffers().begin());
      }
      T* const to = i == 0 ? memory.gradients : part_gradients_.data();
      losses_[i] = one_part<Isa>(model, state, loss, to);
      if (i > 0) add<Isa>(to, parameters, memory.gradients);
      // Products first, then their sums: never a · b + c in one rounding.
      const T buffer_share = static_cast<T>(static_cast<double>(range_.rows) / static_cast<double>(rows_.size()));
      T* const part_buffers = i == 0 ? buffers_.data() : part_buffers_.data();
      for (std::size_t j = 0; j < buffers; ++j) part_buffers[j] = buffer_share * model.buffers()[j];
      if (i > 0) add<Isa>(part_buffers, buffers, buffers_.data());
    }
    return std::accumulate(losses_.begin(), losses_.end(), 0.0);
  }

  /// Gradients of the part that was fetched, zeros if it is empty.
  template <class Isa, class Chain>
  double one_part(Model<Net, T>& model, State<Net, T, Chain>& state, const L& loss, T* gradients) {
    if (range_.rows == 0) {
      std::fill_n(gradients, Model<Net, T>::num_parameters, T(0));
      return 0;
    }
    Pass<T> pass{noise(state)};
    if (synced_) {
      pass.others.by = this;
      pass.others.sum = [](void* by, T* numbers, std::size_t size) {
        static_cast<DividedStep*>(by)->team_.sum(std::span<T>(numbers, size));
      };
      pass.others.batch_rows = rows_at_once();
    }
    // A list runs from its last layer to its first. (Where a process has no rows it has no gradients to hand over early,
    // and all must hand over the same pieces.)
    if constexpr (overlaps && requires { typename Net::Modules; })
      if (team_.size() > 1 && accumulate_ == 1 && rows_.size() >= parts_) {
        pass.others.by = this;
        pass.others.gradients_from = [](void* by, const T* first) { static_cast<DividedStep*>(by)->send_from(first); };
      }
    const auto targets = batches_.template targets<Isa>(range_.rows);
    const double whole = weight();
    const BatchRows<T, std::remove_const_t<decltype(targets)>> rows{
        batches_.x(), range_.rows, targets, batches_.weights(), whole > 0 ? weight_of(range_) / whole : 0};
    return gradients_of_rows<Isa>(model, state, loss, rows, pass, gradients);
  }

  /// Rows of all the parts that the processes are at now.
  std::size_t rows_at_once() const {
    std::size_t rows = 0;
    for (std::size_t i = part_ % accumulate_; i < parts_; i += accumulate_) rows += part_of(rows_.size(), i, parts_).rows;
    return rows;
  }

  /// Gradients, running statistics and the loss, summed over the processes.
  template <class Chain>
  double over_team(State<Net, T, Chain>& state, double value, std::span<double> with_sums) {
    const std::span<T> gradients(state.work().gradients, Model<Net, T>::num_parameters);
    // Nothing on the stack: an exception may come before the sums are done (see Team::keep).
    few_.assign(1, value);
    few_.insert(few_.end(), with_sums.begin(), with_sums.end());
    if constexpr (overlaps) {
      start(gradients.first(static_cast<std::size_t>(unsent_ - gradients.data())));
      start(std::span<T>(buffers_));
      start(std::span<double>(few_));
      team_.finish_sums();
    } else {
      sum(gradients);
      sum(std::span<T>(buffers_));
      sum(std::span<double>(few_));
    }
    std::copy(few_.begin() + 1, few_.end(), with_sums.begin());
    return few_.front();
  }
  template <class V>
  void sum(std::span<V> numbers) {
    if (!numbers.empty()) team_.sum(numbers);
  }
  template <class V>
  void start(std::span<V> numbers) {
    if (!numbers.empty()) team_.begin_sum(numbers);
  }
  void send_from(const T* first) {
    T* const from = gradients_ + (first - gradients_);  // the same place, to be written to
    const std::span<T> ready(from, unsent_);
    if (ready.size_bytes() < team_.bucket_bytes()) return;
    team_.begin_sum(ready);
    unsent_ = ready.data();
  }

  template <class Isa>
  static void add(const T* numbers, std::size_t size, T* to) {
    const kernels::Vector<T, Isa> sum{to, size};
    kernels::each(sum, [](auto a, auto b) { return a + b; }, sum, kernels::Vector<const T, Isa>{numbers, size});
  }

  const S& source_;
  C& team_;
  std::size_t accumulate_, parts_, largest_;
  bool synced_;
  std::span<const std::size_t> rows_{};  // of the whole batch
  std::size_t part_ = 0;                 // this one is fetched
  RowRange range_{};                     // and these are its rows
  Batches<Net, T, L> batches_;
  std::vector<T> weights_;  // of the whole batch
  std::vector<double> losses_;  // of the parts
  std::vector<double> few_;     // numbers that are summed with the gradients
  AlignedBuffer<T> part_gradients_, buffers_, part_buffers_;
  T *gradients_ = nullptr, *unsent_ = nullptr;  // what lies before `unsent_` has not been handed over
};

}  // namespace evomlp::detail
