#pragma once

#include "kernels/cpu/dnnl_primitives.h"
#include "kernels/cpu/scratch.h"
#include "kernels/kernels.h"

namespace p2s::cpu {

// A weight op(B) [k,n] in bfloat16, in the layout that oneDNN's products read fastest; for machines
// that has_bfloat16_products().
class RoundedWeight {
 public:
  RoundedWeight(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb);
  int64_t columns() const { return n_; }
  // C [m,n] = op(A) W + beta C, op(A) [m,k] rounded too; sums are in float.
  void multiply(bool transpose_a, int64_t m, const real* a, int64_t lda, real* c, int64_t ldc,
                real beta) const;

 private:
  void multiply_few(int64_t m, const real* a, int64_t lda, real* c, int64_t ldc, real beta) const;
  void multiply_in_tiles(bool transpose_a, int64_t m, const real* a, int64_t lda, real* c,
                         int64_t ldc, real beta) const;
  int64_t k_, n_;
  dnnl::memory::desc layout_;
  Scratch numbers_;
};

}  // namespace p2s::cpu
