// SPDX-License-Identifier: MIT
// AnyModel: a model of one of several networks, known when its file is read.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/read_file.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/io/model_tensors.hpp"
#include "evomlp/io/remember.hpp"
#include "evomlp/io/safetensors.hpp"
#include "evomlp/io/tensor_file.hpp"
#include "evomlp/kernels/native.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/net/predict.hpp"
#include "evomlp/net/type_name.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

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

namespace detail {

/// What keeps a file from being of this network, or "". `more`: it may hold other things beside the model. Parts may be
/// missing where that is allowed and the file names the network.
template <class Net, class T>
std::string misfit(const TensorFile& file, bool more, bool strict) {
  const auto theirs = file.metadata("evomlp.signature");
  if (theirs && *theirs != signature<Net>()) return "is another one";
  MemoryReader memory(file);
  const ModelReader<Net, T> reader(memory, true);
  if (!reader.wrong().empty()) return reader.wrong().front();
  if (!reader.missing().empty() && (strict || !theirs)) return "missing " + in_quotes(reader.missing().front());
  const auto unexpected = memory.unused();
  return more || unexpected.empty() ? "" : "unexpected " + in_quotes(unexpected.front());
}

/// The index of the one network that the file is of.
template <class T, class... Nets>
std::size_t which_network(const TensorFile& file, bool more, bool strict) {
  const std::vector<std::string> misfits{misfit<Nets, T>(file, more, strict)...}, networks{signature<Nets>()...};
  std::size_t found = 0, fitting = 0;
  std::string text;
  for (std::size_t i = 0; i < misfits.size(); ++i) {
    if (misfits[i].empty()) {
      ++fitting;
      found = i;
    }
    text += concat({"\n  ", networks[i], ": ", misfits[i].empty() ? "fits" : misfits[i]});
  }
  if (fitting == 1) return found;
  const auto theirs = file.metadata("evomlp.signature");
  throw FileError(concat({file.name(), ": is of ", fitting == 0 ? "none" : "more than one", " of the networks; it is ",
                          theirs ? "of " + in_quotes(*theirs) : "of one that it doesn't name", text}));
}

template <class T, class... Nets, class... V>
AnyModelOf<T, Nets...> load_any_bytes(std::span<const std::byte> bytes, const std::string& name,
                                      const LoadOptions& options, const Named<V>&... things) {
  const TensorFile file(bytes, name);
  const std::size_t found = which_network<T, Nets...>(file, !options.strict || sizeof...(V) > 0, options.strict);
  std::optional<AnyModelOf<T, Nets...>> result;
  std::size_t index = 0;
  [[maybe_unused]] const auto one = [&]<class Net>(std::type_identity<Net>) {
    if (index++ != found) return;
    Model<Net, T> model;
    load_tensors(model, file, options, things...);
    result.emplace(std::move(model));
  };
  (one(std::type_identity<Nets>{}), ...);
  return *std::move(result);
}

}  // namespace detail

/// Reads a model whose network is one of the Nets: the one that the file's metadata name (`evomlp.signature`, which
/// `save` writes) or, in a file without it, the one whose keys and shapes it has. float: load_any<Small, Deep>(path).
///
/// Throws one FileError that lists the Nets and what is wrong with each if none fits or, without a signature, several
/// do; else what load throws. Options and named things are load's.
template <Network... Nets, class... V>
AnyModel<Nets...> load_any(const std::filesystem::path& path, const LoadOptions& options = {},
                           const Named<V>&... things) {
  return detail::load_any_bytes<float, Nets...>(read_file(path), detail::path_text(path), options, things...);
}
/// The same of another scalar: load_any<double, Small, Deep>(path).
template <std::floating_point T, Network... Nets, class... V>
AnyModelOf<T, Nets...> load_any(const std::filesystem::path& path, const LoadOptions& options = {},
                                const Named<V>&... things) {
  return detail::load_any_bytes<T, Nets...>(read_file(path), detail::path_text(path), options, things...);
}

/// The same from memory.
template <Network... Nets, class... V>
AnyModel<Nets...> load_any(std::span<const std::byte> bytes, const LoadOptions& options = {},
                           const Named<V>&... things) {
  return detail::load_any_bytes<float, Nets...>(bytes, "load_any: file in memory", options, things...);
}
template <std::floating_point T, Network... Nets, class... V>
AnyModelOf<T, Nets...> load_any(std::span<const std::byte> bytes, const LoadOptions& options = {},
                                const Named<V>&... things) {
  return detail::load_any_bytes<T, Nets...>(bytes, "load_any: file in memory", options, things...);
}

}  // namespace evomlp
