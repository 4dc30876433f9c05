#pragma once

#include <cstdint>

#include "nn/base/real.h"

// A matrix times a vector: bound by reading the matrix once, which these loops do in order.
namespace p2s::cpu {

// y = (product with x) + beta * y; strides are distances between elements.
struct VectorProduct {
  real beta;
  const real* x;
  int64_t stride_x;
  real* y;
  int64_t stride_y;
};

// The product is A x, A [rows, columns].
void multiply_rows(int64_t rows, int64_t columns, const real* a, int64_t lda,
                   const VectorProduct& v);

// The product is x A, A [rows, columns].
void multiply_columns(int64_t rows, int64_t columns, const real* a, int64_t lda,
                      const VectorProduct& v);

}  // namespace p2s::cpu
