// SPDX-License-Identifier: MIT
// AnyModel: a model of one of several networks, known at run time.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/kernels/native.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/net/predict.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

namespace evomlp {

/// A Model<Net, T> of one of the Nets. A regular value, as large as the largest of them; nothing is virtual.
///
///     const AnyModel<Small, Deep> model = load_any<Small, Deep>("model.safetensors");
///     predict(model, x);                                            // (n, model.out_features())
///     model.visit([&](const auto& its) { summary(its).print(); });  // whatever else takes a Model
template <std::floating_point T, Network... Nets>
class AnyModelOf {
 public:
  using value_type = T;

  template <Network Net>
    requires(std::same_as<Net, Nets> || ...)
  AnyModelOf(Model<Net, T> model) : model_(std::move(model)) {}

  /// f(model), a Model<Net, T>&; the same type for every Net.
  decltype(auto) visit(auto&& f) { return std::visit(f, model_); }
  decltype(auto) visit(auto&& f) const { return std::visit(f, model_); }

  /// Which of the Nets it is, from 0.
  std::size_t index() const { return model_.index(); }
  std::size_t in_features() const {
    return visit([]<class Net>(const Model<Net, T>&) { return Net::in_features; });
  }
  std::size_t out_features() const {
    return visit([]<class Net>(const Model<Net, T>&) { return Net::out_features; });
  }

  friend bool operator==(const AnyModelOf&, const AnyModelOf&) = default;

 private:
  std::variant<Model<Nets, T>...> model_;
};

/// The same of float.
template <Network... Nets>
using AnyModel = AnyModelOf<float, Nets...>;

namespace detail {

/// use(its, x, y), their sizes known to the compiler; or a ShapeError.
template <class T, class... Nets>
void with_sample(const AnyModelOf<T, Nets...>& model, std::span<const T> x, std::span<T> y, const char* where,
                 auto use) {
  model.visit([&]<class Net>(const Model<Net, T>& its) {
    if (x.size() != Net::in_features || y.size() != Net::out_features)
      throw ShapeError(concat({where, ": got ", x.size(), " features and room for ", y.size(), " outputs, expected ",
                               Net::in_features, " and ", Net::out_features}));
    use(its, x.template first<Net::in_features>(), y.template first<Net::out_features>());
  });
}

}  // namespace detail

/// predict, predict_proba and predict_class of the model it is, as new tensors. Throw ShapeError when x has another
/// width.
template <class T, class... Nets, class E, class Isa = isa::ThisTarget>
Tensor<T> predict(const AnyModelOf<T, Nets...>& model, const xt::xexpression<E>& x) {
  return model.visit([&]<class Net>(const Model<Net, T>& its) { return predict<Net, T, E, Isa>(its, x); });
}
template <class T, class... Nets, class E, class Isa = isa::ThisTarget>
Tensor<T> predict_proba(const AnyModelOf<T, Nets...>& model, const xt::xexpression<E>& x) {
  return model.visit([&]<class Net>(const Model<Net, T>& its) { return predict_proba<Net, T, E, Isa>(its, x); });
}
template <class T, class... Nets, class E, class Isa = isa::ThisTarget>
Labels predict_class(const AnyModelOf<T, Nets...>& model, const xt::xexpression<E>& x) {
  return model.visit([&]<class Net>(const Model<Net, T>& its) { return predict_class<Net, T, E, Isa>(its, x); });
}

/// One sample, nothing on the heap. Throw ShapeError when x or y has another width.
template <class T, class... Nets, class Isa = isa::ThisTarget>
void predict(const AnyModelOf<T, Nets...>& model, std::span<const std::type_identity_t<T>> x,
             std::span<std::type_identity_t<T>> y) {
  detail::with_sample(model, x, y, "predict", []<class Net>(const Model<Net, T>& its, auto in, auto out) {
    predict<Net, T, Isa>(its, in, out);
  });
}
template <class T, class... Nets, class Isa = isa::ThisTarget>
void predict_proba(const AnyModelOf<T, Nets...>& model, std::span<const std::type_identity_t<T>> x,
                   std::span<std::type_identity_t<T>> y) {
  detail::with_sample(model, x, y, "predict_proba", []<class Net>(const Model<Net, T>& its, auto in, auto out) {
    predict_proba<Net, T, Isa>(its, in, out);
  });
}
template <class T, class... Nets, class Isa = isa::ThisTarget>
std::int32_t predict_class(const AnyModelOf<T, Nets...>& model, std::span<const std::type_identity_t<T>> x) {
  return model.visit([&]<class Net>(const Model<Net, T>& its) {
    if (x.size() != Net::in_features)
      throw ShapeError(detail::concat({"predict_class: got ", x.size(), " features, expected ", Net::in_features}));
    return predict_class<Net, T, Isa>(its, x.template first<Net::in_features>());
  });
}

}  // namespace evomlp
