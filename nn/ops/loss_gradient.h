#pragma once

#include "nn/tape.h"

namespace p2s {

// d *= the gradient of `loss`, one number, for losses that formed `d` as if that were 1.
void scale_by_gradient_of(const Kernels&, const Var& loss, const Tensor& d);

}  // namespace p2s
