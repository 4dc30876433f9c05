#pragma once

#include "nn/ops.h"

// Activations that an operation applies to its own result in one pass, and on their own.
namespace p2s {

Var activate(Tape& tape, Activation activation, const Var& x);
// The gradient before the activation, in y's own memory: both activations tell from y where they
// passed their argument on.
Tensor before_activation(const Kernels& k, Activation activation, const Var& y);

}  // namespace p2s
