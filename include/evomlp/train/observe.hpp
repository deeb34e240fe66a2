// SPDX-License-Identifier: MIT
// observe: the forward and backward pass of a training step, layer by layer, with somebody looking on.
#pragma once

#include "evomlp/core/aligned_buffer.hpp"
#include "evomlp/core/anything.hpp"
#include "evomlp/core/flush_denormals.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/kernels/native.hpp"
#include "evomlp/losses/loss.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/net/node.hpp"
#include "evomlp/train/batches.hpp"
#include "evomlp/train/train_step.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <type_traits>

namespace evomlp {

/// Whoever wants to see a training step from the inside: a type with one or both of
/// `void forward(const auto& node, auto x, auto y)`, called when a layer has run, and `void backward(const auto& node,
/// auto x, auto y, auto dy, auto dx)`, called when its gradients are there. x and y are what entered and left, dy and dx
/// the loss's gradients in them: matrices m(i, j), `m.rows`, `m.cols`, to be read. A layer's numbers are
/// `node.self[Layer::weight]`, its gradients `node.grad[Layer::weight]`. A block comes after what it holds, forward and
/// backward; the network itself last, with the empty path.
///
///     struct GradientNorms {
///       void backward(const auto& node, auto, auto, auto dy, auto) {
///         double sum = 0;  // in double: the square of a float can be too large for one
///         for (std::size_t i = 0; i < dy.rows; ++i)
///           for (std::size_t j = 0; j < dy.cols; ++j) sum += static_cast<double>(dy(i, j)) * dy(i, j);
///         std::printf("%-12s |dL/dy| %g\n", std::string(node.path).c_str(), std::sqrt(sum));
///       }
///     };
///
/// Given to fit among its extras, it looks at each step before it is made; a member `bool before_step(const
/// SchedulePoint&)`, or `bool before_step(const SchedulePoint&, const auto& model, const auto& state)`, says at which.
/// Looking changes nothing: the run is the same, bit for bit. Of several processes each shows its own rows, where it has
/// any; with `.accumulate`, the first part of the batch.
template <class P>
concept Probe = requires(P& probe, detail::Anything any) { probe.forward(any, any, any); } ||
                requires(P& probe, detail::Anything any) { probe.backward(any, any, any, any, any); };

struct ObserveOptions {
  std::uint64_t seed = 0;  ///< of the dropout masks
};

namespace detail {

/// What would compile and never be called: hooks with other parameters.
template <class P>
constexpr void check_probe() {
  static_assert(requires(P& p, Anything a) { p.forward(a, a, a); } ||
                    !(requires(P& p, Anything a) { p.forward(a, a); } || requires(P& p, Anything a) { p.forward(a, a, a, a); }),
                "evomlp: forward of a probe must take (const auto& node, auto x, auto y)");
  static_assert(requires(P& p, Anything a) { p.backward(a, a, a, a, a); } ||
                    !(requires(P& p, Anything a) { p.backward(a, a, a); } ||
                      requires(P& p, Anything a) { p.backward(a, a, a, a); } ||
                      requires(P& p, Anything a) { p.backward(a, a, a, a, a, a); }),
                "evomlp: backward of a probe must take (const auto& node, auto x, auto y, auto dy, auto dx)");
}

/// Stands between the layers and a probe, and holds what lies between the layers from forward to backward.
template <class T, Probe P>
class Observer {
 public:
  explicit Observer(P& probe) : probe_(probe) {}

  /// The handle of a layer in a list, with memory of its own.
  template <class S>
  S with_memory(S self) {
    Place& place = places_[self.training.place];
    const Layout layout = layout_of<typename S::Layer>(self.width);
    place.saved.resize(layout.saved(self.capacity));
    place.scratch.resize(layout.scratch.training(self.capacity));
    self.training.saved = place.saved.data();
    self.scratch = place.scratch.data();
    return self;
  }

  /// What leaves the layer in a list at this place, and the gradient of that.
  template <class Isa>
  kernels::Matrix<T, Isa> output(std::uint64_t place, std::size_t rows, std::size_t cols) {
    return matrix<Isa>(places_[place].output, rows, cols);
  }
  template <class Isa>
  kernels::Matrix<T, Isa> output_gradient(std::uint64_t place, std::size_t rows, std::size_t cols) {
    return matrix<Isa>(places_[place].output_gradient, rows, cols);
  }

  /// Runs a layer and shows it; its result goes to `y`, whatever that is, by way of a matrix that can be looked at.
  template <class S, class To>
  void forward(const S& self, auto x, To y) {
    const std::size_t before = enter(self);
    AlignedBuffer<T> room;
    const auto to = plain<typename S::Isa>(y, room);
    self.run_forward(x, to);
    if constexpr (requires { probe_.forward(Node<S>{}, x, to); }) probe_.forward(Node<S>{path_.view(), self}, x, to);
    put<To>(y, to);
    path_.cut(before);
  }
  /// A layer without a `forward` of its own may predict the layers inside.
  void run(const auto& self, auto x, auto y) { forward(self, x, y); }

  /// The same for its gradients. Every layer computes dL/dx here, also where nobody below learns.
  template <class S, class G, class From, class To>
  void backward(const S& self, const G& grad, auto x, auto y, From dy, To dx) {
    using Isa = typename S::Isa;
    const std::size_t before = enter(self);
    AlignedBuffer<T> dy_room, dx_room;
    const auto from = plain<Isa>(dy, dy_room);
    if constexpr (!kernels::is_matrix<From>) copy(from, dy);
    const auto to = [&] {
      if constexpr (kernels::is_matrix<To>)
        if (dx.rows != 0) return dx;
      return matrix<Isa>(dx_room, self.rows, dx.cols);
    }();
    implementation<typename S::Layer>::backward(self, grad, x, y, from, to);
    if constexpr (requires { probe_.backward(BackwardNode<S, G>{}, x, y, from, to); })
      probe_.backward(BackwardNode<S, G>{{path_.view(), self}, grad}, x, y, from, to);
    put<To>(dx, to);
    path_.cut(before);
  }

 private:
  struct Place {
    AlignedBuffer<T> saved, scratch, output, output_gradient;
  };

  std::size_t enter(const auto& self) {
    return self.watch.name.empty() ? path_.length : path_.push(self.watch.name);
  }

  template <class Isa>
  static kernels::Matrix<T, Isa> matrix(AlignedBuffer<T>& room, std::size_t rows, std::size_t cols) {
    room.resize(rows * cols);
    return {room.data(), rows, cols};
  }
  /// What can be looked at in the place of a destination or source: itself, or a matrix of its size.
  template <class Isa, class To>
  static auto plain(const To& to, AlignedBuffer<T>& room) {
    if constexpr (kernels::is_matrix<To>) return to;
    else return matrix<Isa>(room, to.rows, to.cols);
  }
  static void copy(const auto& to, const auto& from) {
    kernels::each(to, [](auto number) { return number; }, from);
  }
  template <class To>
  static void put(const To& to, const auto& from) {
    if constexpr (!kernels::is_matrix<To>) copy(to, from);
  }

  P& probe_;
  Path path_;
  std::map<std::uint64_t, Place> places_;  // by the layer's place in the network; its addresses stay
};

/// On flat memory, with the dropout masks of `noise`. Weights may be null.
template <class Isa, class Net, class T, class L, class Target, class P>
double observe_on(const Model<Net, T>& model, const L& loss, const T* x, std::size_t rows, Target target, Noise noise,
                  P& probe, const std::type_identity_t<T>* weights = nullptr) {
  const FlushDenormals flush;
  constexpr Layout layout = layout_of<Net>(Net::in_features);
  const std::size_t capacity = rounded_up(rows), outputs = rows * Net::out_features;
  AlignedBuffer<T> buffers(model.buffers().begin(), model.buffers().end());  // running statistics move
  AlignedBuffer<T> gradients(layout.parameters), saved(layout.saved(capacity)), scratch(layout.scratch.training(capacity));
  AlignedBuffer<T> y_room(outputs), dy_room(outputs), dx_room(rows * Net::in_features);

  using R = Mode<T, Isa, true, Observer<T, P>>;
  Observer<T, P> observer(probe);
  const Pass<T> pass{noise};
  const Self<Net, R> self{model.parameters().data(), buffers.data(), scratch.data(), rows, capacity, Net::in_features,
                          {saved.data(), &pass},     {&observer, {}}};
  const kernels::Matrix<const T, Isa> input{x, rows, Net::in_features};
  const kernels::Matrix<T, Isa> y{y_room.data(), rows, Net::out_features}, dy{dy_room.data(), rows, Net::out_features};
  self.forward(input, y);
  const double value = loss_of(loss, y, target, dy, weights);
  self.backward(Gradients<Net, R>{gradients.data()}, input, y, dy,
                kernels::Matrix<T, Isa>{dx_room.data(), rows, Net::in_features});
  return value;
}

/// `where` begins the messages.
template <class Isa, class Net, class T, Loss L, class X, class Y, class P>
double observe_as(const char* where, const Model<Net, T>& model, const L& loss, const xt::xexpression<X>& x,
                  const xt::xexpression<Y>& y, P&& probe, const ObserveOptions& options) {
  const WholeBatch<Net, T, L, Isa, X, Y> batch(x.derived_cast(), y.derived_cast(), where);
  return observe_on<Isa>(model, loss, batch.x.data(), batch.rows(), batch.y.view(), {options.seed, 0}, probe);
}

}  // namespace detail

/// The forward and backward pass of a training step on the batch (x, y), unfused, layer by layer, in training mode, with
/// `probe` looking on; returns the loss. Nothing is changed, running statistics neither. Agrees with train_step to
/// rounding. Throws as train_step. Allocates: it is for looking, not for speed.
template <class Net, class T, Loss L, class X, class Y, Probe P, class Isa = isa::ThisTarget>
double observe(const Model<Net, T>& model, const L& loss, const xt::xexpression<X>& x, const xt::xexpression<Y>& y,
               P&& probe, const ObserveOptions& options = {}) {
  detail::check_probe<std::remove_reference_t<P>>();
  return detail::observe_as<Isa>("observe", model, loss, x, y, probe, options);
}

}  // namespace evomlp
