#pragma once

#include <cstdint>

#include "nn/base/real.h"

namespace p2s::cpu {

// to[r, c] = from[r * ld + c] rounded to the nearest bfloat16, ties to even; NaN stays NaN.
void round_to_bfloat16(int64_t rows, int64_t columns, const real* from, int64_t ld, uint16_t* to);

}  // namespace p2s::cpu
