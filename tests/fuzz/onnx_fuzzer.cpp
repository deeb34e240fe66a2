// SPDX-License-Identifier: MIT
// from_onnx of any bytes: a model, or a FileError and the model as it was.
#include "evomlp/evomlp.hpp"
#include "evomlp/io/from_onnx.hpp"
#include "support/trained.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

using namespace evomlp;

namespace {

using Net =
    Sequential<Linear<2, 3>, BatchNorm1d<3>, ResidualBlock<0.5, Linear<3, 3, false>, LeakyReLU<>>, GELU, Linear<3, 1>>;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Model<Net> before(init::he_normal(), 1);
  Model<Net> model = before;
  // A copy that ends where the input does, so that a byte read too far is found.
  const auto* const bytes = reinterpret_cast<const std::byte*>(data);
  const std::vector<std::byte> file(bytes, bytes + size);
  try {
    from_onnx(model, file);
  } catch (const FileError&) {
    if (!evomlp_test::same_bits(model, before)) std::abort();
  }
  return 0;
}
