// SPDX-License-Identifier: MIT
// Memories for `remember(memory)`: one that writes to a map, one that reads from it.
#pragma once

#include <any>
#include <map>
#include <stdexcept>
#include <string>
#include <type_traits>

using Remembered = std::map<std::string, std::any>;

template <bool writes>
class TestMemory {
 public:
  explicit TestMemory(Remembered& values, std::string prefix = "") : values_(values), prefix_(std::move(prefix)) {}

  template <class V>
  void operator()(const std::string& name, V& value) {
    if constexpr (requires { value.remember(*this); }) {
      TestMemory inner(values_, prefix_ + name + ".");
      value.remember(inner);
    } else if constexpr (writes) {
      if (!values_.emplace(prefix_ + name, value).second) throw std::runtime_error("twice: " + prefix_ + name);
    } else {
      value = std::any_cast<V>(values_.at(prefix_ + name));
    }
  }
  void require(bool holds, const std::string& name, const std::string& expected) {
    if (!holds) throw std::runtime_error(prefix_ + name + " is not " + expected);
  }

 private:
  Remembered& values_;
  std::string prefix_;
};

template <class Thing>
Remembered remembered(Thing& thing) {
  Remembered values;
  TestMemory<true> memory(values);
  thing.remember(memory);
  return values;
}

template <class Thing>
void recall(Thing& thing, Remembered& values) {
  TestMemory<false> memory(values);
  thing.remember(memory);
}
