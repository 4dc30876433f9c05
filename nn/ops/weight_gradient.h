#pragma once

#include "nn/tape.h"

namespace p2s {

// The gradient of `weight` [K,M], if one is wanted, gains x^T dy over all rows of x [N,K] and
// dy [N,M].
void add_weight_gradient(const Kernels&, const Var& weight, const Tensor& x, const Tensor& dy,
                         Precision);
// The gradient of `bias` [M], if one is wanted, gains the sums of dy's columns.
void add_bias_gradient(const Kernels&, const Var& bias, const Tensor& dy);

}  // namespace p2s
