// SPDX-License-Identifier: MIT
// Which blocks have a shortcut, and which part of a gradient takes it.
#pragma once

#include "evomlp/contract/elementwise.hpp"
#include "evomlp/core/anything.hpp"
#include "evomlp/kernels/each.hpp"
#include "evomlp/layers/highway_block.hpp"
#include "evomlp/layers/projected_residual_block.hpp"
#include "evomlp/layers/residual_block.hpp"
#include "evomlp/layers/rezero_block.hpp"

namespace evomlp {

/// dx = the part of a block's dL/dx that comes past its body. Called after the block's forward, with what its backward
/// gets. A block of one's own has an overload beside it, found by its type:
///
///     void shortcut_backward(MyBlock, auto self, auto grad, auto x, auto dy, auto dx) {  // y = x/2 + F(x)
///       kernels::each(dx, [](auto d) { return 0.5 * d; }, dy);
///     }
template <Real lambda, class... Ls>
void shortcut_backward(ResidualBlock<lambda, Ls...>, auto /*self*/, auto /*grad*/, auto /*x*/, auto dy, auto dx) {
  kernels::each(dx, [](auto d) { return d; }, dy);
}
template <class... Ls>
void shortcut_backward(ReZeroBlock<Ls...>, auto /*self*/, auto /*grad*/, auto /*x*/, auto dy, auto dx) {
  kernels::each(dx, [](auto d) { return d; }, dy);
}
/// What is carried: dy ∘ (1 − T). What passes the gate's own weights is not.
template <class... Ls>
void shortcut_backward(HighwayBlock<Ls...> block, auto self, auto /*grad*/, auto /*x*/, auto dy, auto dx) {
  kernels::each(dx, [](auto d, auto gated) { return d * (1 - gated); }, dy, self[block.t]);
}
template <Real lambda, class Shortcut, class... Ls>
void shortcut_backward(ProjectedResidualBlock<lambda, Shortcut, Ls...> block, auto self, auto grad, auto x, auto dy,
                       auto dx) {
  self[block.shortcut].backward(grad[block.shortcut], x, self[block.s], dy, dx);
}

/// A block known to let a gradient past its body: residual, projected, ReZero, Highway, one's own.
template <class L>
concept HasShortcut = requires(L block, detail::Anything a) { shortcut_backward(block, a, a, a, a, a); };

}  // namespace evomlp
