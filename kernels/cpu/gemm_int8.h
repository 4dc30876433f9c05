#pragma once

#include <cstdint>
#include <memory>

#include "kernels/cpu/scratch.h"

namespace p2s::cpu {

// A weight op(B) [k,n] in bytes with a scale for each of its n columns, for products with few rows:
// those are bound by reading the weight. Rows of A are rounded to whole numbers of 13 bits or so
// (as many as leave a sum of k products exact in 32 bits), so that the weight's rounding is all
// that a product loses.
class Int8Weight {
 public:
  Int8Weight(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb);
  int64_t columns() const { return n_; }
  // C [m,n] = A [m,k] op(B) + beta C. A row of A that is not finite gives NaN.
  void multiply(int64_t m, const real* a, int64_t lda, real* c, int64_t ldc, real beta) const;

 private:
  void multiply_in_tiles(int64_t m, const int16_t* x, const real* row_scales, real* c, int64_t ldc,
                         real beta) const;
  int64_t k_, n_, stride_;
  Scratch numbers_;  // [n, stride_], zeros from k_ on
  Scratch scales_;   // [n]
};

}  // namespace p2s::cpu
