#pragma once

#include "nn/ops.h"

// Activations that an operation applies to its own result, in one pass.
namespace p2s {

// The unary operation of the same values; not of Activation::none.
Unary unary_of(Activation activation);
// The gradient before the activation, in y's own memory: both activations tell from y where they
// passed their argument on.
Tensor before_activation(const Kernels& k, Activation activation, const Var& y);

}  // namespace p2s
