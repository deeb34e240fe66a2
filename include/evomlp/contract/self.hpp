// SPDX-License-Identifier: MIT
// The handles through which a layer reaches its numbers: self[weight], grad[weight], self[body].predict(x, y).
#pragma once

#include "evomlp/contract/elementwise.hpp"
#include "evomlp/contract/layout.hpp"
#include "evomlp/contract/declare.hpp"
#include "evomlp/core/random.hpp"
#include "evomlp/core/view.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace evomlp::detail {

/// How a network runs: the scalar, the instruction set, whether it trains (then buffers may be written), an
/// observer, and the number of rows, known to the type or not.
template <class T_, class Isa_, bool training_, class Watch_ = void, class Rows_ = std::size_t>
struct Mode {
  using T = T_;
  using Isa = Isa_;
  using Rows = Rows_;
  using Watch = Watch_;  // who sees every layer run (net/walk.hpp, train/observe.hpp), or void
  static constexpr bool training = training_, watched = !std::is_void_v<Watch>;
  using BufferT = std::conditional_t<training, T, const T>;
};

/// What random layers draw by: the value at (row, column) of step `step` is the same whatever ran before, and wherever
/// the step's batch was cut. The rows of this pass are its rows from `first_row` on.
struct Noise {
  std::uint64_t seed = 0, step = 0;
  std::size_t first_row = 0;
};

/// Who trains on the other rows of a step's batch, as seen from the layers.
template <class T>
struct Others {
  void* by = nullptr;
  void (*sum)(void* by, T* numbers, std::size_t size) = nullptr;  // over all; null: statistics are of this pass's rows
  std::size_t batch_rows = 0;                                     // of all, where there is `sum`
  void (*gradients_from)(void* by, const T* first) = nullptr;     // all from here on are final; null: nobody asks
};

/// What is the same for all layers of a forward and backward pass.
template <class T>
struct Pass {
  Noise noise{};
  Others<T> others{};
};

/// What a layer has in training only: its saved values, the pass, and a path through the network, hashed, that tells
/// equal layers apart. (Nothing in prediction: on a small device each handle is copied to the stack.)
template <class T, bool training>
struct TrainingOnly {
  T* saved;
  const Pass<T>* pass;
  std::uint64_t place = 0;

  TrainingOnly child(const Layout& begin, auto capacity, std::uint64_t child_place) const {
    return {saved + begin.saved(capacity), pass, child_place};
  }
};
template <class T>
struct TrainingOnly<T, false> {
  TrainingOnly child(const Layout&, auto, std::uint64_t) const { return {}; }
};

/// The observer, and the name that the running layer has in the one around it. Nothing without an observer.
template <class Watch>
struct Watched {
  Watch* by = nullptr;
  std::string_view name{};

  Watched named(std::string_view child) const { return {by, child}; }
};
template <>
struct Watched<void> {
  Watched named(std::string_view) const { return {}; }
};

template <class L, class Mode_>
struct Gradients;

/// A layer's own numbers. Copied freely; owns nothing.
template <class L, class Mode_>
struct Self {
  using Mode = Mode_;
  using T = typename Mode::T;
  using Isa = typename Mode::Isa;
  using Layer = L;

  const T* parameters;
  typename Mode::BufferT* buffers;
  T* scratch;
  [[no_unique_address]] typename Mode::Rows rows;      // of this batch
  [[no_unique_address]] typename Mode::Rows capacity;  // of the largest: says where saved and scratch rows begin
  std::size_t width;                                   // features that enter
  [[no_unique_address]] TrainingOnly<T, Mode::training> training;
  [[no_unique_address]] Watched<typename Mode::Watch> watch;

  template <Name n, std::size_t In, std::size_t Out>
  kernels::Matrix<const T, Isa> operator[](Parameter<n, In, Out> tag) const {
    return {parameters + at(tag, parameters_of<L>()).fixed, In, Out};
  }
  template <Name n, std::size_t N>
  kernels::Vector<const T, Isa> operator[](Parameter<n, N> tag) const {
    return {parameters + at(tag, parameters_of<L>()).fixed, N};
  }
  template <Name n, std::size_t N>
  kernels::Vector<typename Mode::BufferT, Isa> operator[](Buffer<n, N> tag) const {
    return {buffers + at(tag, buffers_of<L>()).fixed, N};
  }
  template <Name n, std::size_t N>
  kernels::Vector<T, Isa> operator[](Saved<n, N> tag) const {
    static_assert(Mode::training, "evomlp: saved values exist in training only: write them in forward, read them in backward");
    return {training.saved + at(tag, saved_of<L>())(capacity), N};
  }
  template <Name n, std::size_t N>
  kernels::Matrix<T, Isa, typename Mode::Rows> operator[](SavedRows<n, N> tag) const {
    static_assert(Mode::training, "evomlp: saved values exist in training only: write them in forward, read them in backward");
    return {training.saved + at(tag, saved_of<L>())(capacity), rows, N == same_width ? width : N};
  }
  template <Name n, std::size_t N>
  kernels::Matrix<T, Isa, typename Mode::Rows> operator[](ScratchRows<n, N> tag) const {
    return {scratch + scratch_at(tag)(capacity), rows, N == same_width ? width : N};
  }
  template <Name n, class C, std::size_t Width>
  Self<C, Mode> operator[](Child<n, C, Width>) const {
    constexpr std::size_t index = index_of<Child<n, C, Width>>(children_of<L>());
    const Layout begin = [&] {
      if constexpr (in_width<L>() != same_width) {  // a constant: small code
        constexpr Layout known = children_begin<L>(in_width<L>())[index];
        return known;
      } else {
        return children_begin<L>(width)[index];
      }
    }();
    // A nameless child is this layer itself, run in another way: its random numbers stay the same.
    std::uint64_t place = inside(index);
    if constexpr (Mode::training && n.view().empty()) place = training.place;
    return child<C>(begin, Width, place, n.view());
  }
  template <class Tag>
  void operator[](Tag) const {
    static_assert(std::is_void_v<Tag>, "evomlp: self[…] takes a parameter, buffer, saved or scratch value or a child of the layer");
  }

  /// The handle of a layer inside this one, whose numbers begin at `begin` after this one's.
  template <class C>
  Self<C, Mode> child(Layout begin, std::size_t child_width, std::uint64_t place, std::string_view name = {}) const {
    return {parameters + begin.parameters,
            buffers + begin.buffers,
            scratch + (Mode::training ? begin.scratch.training : begin.scratch.prediction)(capacity),
            rows,
            capacity,
            child_width,
            training.child(begin, capacity, place),
            watch.named(name)};
  }

  /// The place of the layer with this index inside.
  std::uint64_t inside([[maybe_unused]] std::size_t index) const {
    if constexpr (Mode::training) return training.place * 1000003 + index + 1;
    else return 0;
  }

  /// The random numbers of this layer at this step: `uniform(i)` is number i, in [0, 1).
  Random random() const {
    const Noise& noise = training.pass->noise;
    return Random(noise.seed, Stream::dropout, training.place * 0x9E3779B97F4A7C15u + noise.step);
  }
  /// Where row 0 lies in the step's batch: random numbers counted from there don't depend on how the batch was cut,
  /// over processes or by `.accumulate`.
  std::size_t first_row() const { return training.pass->noise.first_row; }

  /// For statistics of a batch: how many rows it has, and sums over them. They are the whole batch's where fit runs in
  /// several processes with `.sync_batchnorm`, else those of the `rows` of this pass.
  std::size_t batch_rows() const { return training.pass->others.sum ? training.pass->others.batch_rows : rows; }
  void sum_over_batch(kernels::Vector<T, Isa> sums) const {
    if (const Others<T>& others = training.pass->others; others.sum) others.sum(others.by, sums.data, sums.size);
  }
  /// The same, but `own` stays as it is: where the sums differ from it, they are in `all`.
  kernels::Vector<T, Isa> summed_over_batch(kernels::Vector<T, Isa> own, kernels::Vector<T, Isa> all) const {
    if (!training.pass->others.sum) return own;
    std::copy_n(own.data, own.size, all.data);
    sum_over_batch(all);
    return all;
  }

  /// Says that the gradients from this one on will not change any more. Only the network itself knows that: it runs its
  /// layers from the last to the first.
  void announce_gradients_from(const T* first) const {
    if (const Others<T>& others = training.pass->others; others.gradients_from && training.place == 0) [[unlikely]]
      others.gradients_from(others.by, first);
  }

  void predict(const auto& x, const auto& y) const {
    if constexpr (Mode::watched) watch.by->run(*this, x, y);
    else implementation<L>::predict(*this, x, y);
  }
  void forward(auto x, auto y) const {
    if constexpr (Mode::watched) watch.by->forward(*this, x, y);
    else run_forward(x, y);
  }
  void backward(Gradients<L, Mode> grad, auto x, auto y, auto dy, auto dx) const {
    if constexpr (Mode::watched) watch.by->backward(*this, grad, x, y, dy, dx);
    else implementation<L>::backward(*this, grad, x, y, dy, dx);
  }

  /// The layer's own code, which needs no forward where prediction is the same.
  void run_forward(auto x, auto y) const {
    using Code = implementation<L>;
    if constexpr (requires { Code::forward(*this, x, y); }) Code::forward(*this, x, y);
    else Code::predict(*this, x, y);
  }

 private:
  template <class Tag, class... Es>
  Size at(Tag, TagTable<Es...>) const {
    return offset_in<Tag>(TagTable<Es...>{}, width);
  }
  template <class Tag>
  Size scratch_at(Tag tag) const {
    if constexpr (declared_in<Tag>(backward_scratch_of<L>())) {
      static_assert(Mode::training, "evomlp: self[…] names backward_scratch, which prediction doesn't have");
      return size_of(scratch_of<L>(), width) + at(tag, backward_scratch_of<L>());
    } else {
      return at(tag, scratch_of<L>());
    }
  }
};

/// The gradients of a layer's own parameters, overwritten by backward.
template <class L, class Mode_>
struct Gradients {
  using T = typename Mode_::T;
  using Isa = typename Mode_::Isa;

  T* gradients;

  template <Name n, std::size_t In, std::size_t Out>
  kernels::Matrix<T, Isa> operator[](Parameter<n, In, Out> tag) const {
    return {gradients + offset_in<decltype(tag)>(parameters_of<L>(), 0).fixed, In, Out};
  }
  template <Name n, std::size_t N>
  kernels::Vector<T, Isa> operator[](Parameter<n, N> tag) const {
    return {gradients + offset_in<decltype(tag)>(parameters_of<L>(), 0).fixed, N};
  }
  template <Name n, class C, std::size_t Width>
  Gradients<C, Mode_> operator[](Child<n, C, Width>) const {
    constexpr std::size_t index = index_of<Child<n, C, Width>>(children_of<L>());
    return {gradients + children_begin<L>(in_width<L>())[index].parameters};
  }
  template <class Tag>
  void operator[](Tag) const {
    static_assert(std::is_void_v<Tag>, "evomlp: grad[…] takes a parameter or a child of the layer: nothing else has a gradient");
  }
};

}  // namespace evomlp::detail
