#pragma once

#include <cstdint>

#include "nn/base/real.h"

namespace p2s::cpu {

// c [m,n], of rows of ldc, += bias [n].
void add_to_rows(int64_t m, int64_t n, const real* bias, real* c, int64_t ldc);

}  // namespace p2s::cpu
