#pragma once

#include <cstdint>

#include "nn/base/real.h"

// One row of logits, columns > 0.
namespace p2s::cpu {

real row_max(int64_t columns, const real* x);

// log(sum(exp(x[0..columns))), without overflow.
real log_sum_exp(int64_t columns, const real* x);

// y = exp(x - max(x)); returns the sum of y. y may be x. Fetches the row `next` from memory
// meanwhile, unless it is null.
real exp_row(int64_t columns, const real* x, real* y, const real* next = nullptr);

}  // namespace p2s::cpu
