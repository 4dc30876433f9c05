#pragma once

#include "kernels/cpu/vector.h"

namespace p2s::cpu {

// to [columns, rows] of from [rows, columns], whose rows are so many numbers apart.
void transpose(int64_t rows, int64_t columns, const real* from, int64_t from_step, real* to,
               int64_t to_step);

}  // namespace p2s::cpu
