#pragma once

#include "kernels/kernels.h"

namespace p2s::cuda {

// The product that `g` describes through cuBLASLt, with its operands' numbers at `a` and `b`: in
// bf16 they are bfloat16, which g.lda, g.ldb and the strides count, else floats. m, n, k and batch
// are above 0.
//
// cuBLASLt stores matrices by columns: a row-major C = A B is to it the product C^T = B^T A^T of
// the same memory, so our B is its first operand.
void cublas_product(const Gemm& g, const void* a, const void* b);

}  // namespace p2s::cuda
