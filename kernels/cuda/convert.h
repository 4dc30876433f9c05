#pragma once

#include <cstdint>

namespace p2s::cuda {

// y [rows, columns] = x to the nearest bfloat16, ties to even; the rest of each row of ld_y is
// zero.
void round_to_bfloat16(int64_t rows, int64_t columns, const float* x, int64_t ld_x, uint16_t* y,
                       int64_t ld_y);

// y *= scale over the columns of rows of ld; with scale 0 the old numbers are not read.
void scale_rows(int64_t rows, int64_t columns, float scale, float* y, int64_t ld);

// y += bias [columns] in every row.
void add_to_rows(int64_t rows, int64_t columns, const float* bias, float* y, int64_t ld);

}  // namespace p2s::cuda
