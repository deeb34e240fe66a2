// SPDX-License-Identifier: MIT
// What EvoMLP stands on, without EvoMLP.
#include <xsimd/xsimd.hpp>
#include <xtensor-blas/xblas.hpp>
#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xtensor.hpp>
#endif

int main() {}
