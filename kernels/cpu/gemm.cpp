#include "kernels/cpu/add_to_rows.h"
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/dnnl_primitives.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/matrix_vector.h"
#include "kernels/cpu/rounded_weight.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

// A product with a vector is bound by reading the matrix, which rounding would do once more.
bool rounds_operands(const Gemm& g) {
  return g.precision == Precision::bf16 && has_bfloat16_products() && g.m > 1 && g.n > 1;
}

void multiply(const Gemm& g, const real* a, const real* b, real* c) {
  if (rounds_operands(g)) {
    return RoundedWeight(g.transpose_b, g.k, g.n, b, g.ldb)
        .multiply(g.transpose_a, g.m, a, g.lda, c, g.ldc, g.beta);
  }
  if (g.m == 1) {
    const VectorProduct v{g.beta, a, g.transpose_a ? g.lda : 1, c, 1};
    return g.transpose_b ? multiply_rows(g.n, g.k, b, g.ldb, v)
                         : multiply_columns(g.k, g.n, b, g.ldb, v);
  }
  if (g.n == 1) {
    const VectorProduct v{g.beta, b, g.transpose_b ? 1 : g.ldb, c, g.ldc};
    return g.transpose_a ? multiply_columns(g.k, g.m, a, g.lda, v)
                         : multiply_rows(g.m, g.k, a, g.lda, v);
  }
  const auto status = dnnl_sgemm(g.transpose_a ? 'T' : 'N', g.transpose_b ? 'T' : 'N', g.m, g.n,
                                 g.k, 1, a, g.lda, b, g.ldb, g.beta, c, g.ldc);
  check(status == dnnl_success, ErrorCode::internal, "gemm: oneDNN refused [{},{}] x [{},{}]", g.m,
        g.k, g.k, g.n);
}

// C = beta * C, for products over nothing.
void scale_rows(const Gemm& g, real* c) {
  for (int64_t i = 0; i < g.m; ++i) {
    real* row = c + i * g.ldc;
    for (int64_t j = 0; j < g.n; ++j) row[j] = g.beta == 0 ? 0 : g.beta * row[j];
  }
}

void multiply_all(const Gemm& g) {
  const auto one = [&](int64_t i) {
    real* c = g.c + i * g.stride_c;
    if (g.k == 0) return scale_rows(g, c);
    multiply(g, g.a + i * g.stride_a, g.b + i * g.stride_b, c);
  };
  constexpr int64_t kLarge = 1 << 20;
  if (g.batch < threads() || g.m * g.n * g.k >= kLarge) {
    for (int64_t i = 0; i < g.batch; ++i) one(i);
    return;
  }
  parallel_for(g.batch, row_grain(g.m * g.n * g.k, kLarge / 4), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) one(i);
  });
}

}  // namespace

void gemm(const Gemm& g) {
  if (g.m == 0 || g.n == 0) return;
  multiply_all(g);
  if (g.bias == nullptr) return;
  for (int64_t i = 0; i < g.batch; ++i) {
    add_to_rows(g.m, g.n, g.bias, g.c + i * g.stride_c, g.ldc);
  }
}

void add_to_rows(int64_t m, int64_t n, const real* bias, real* c, int64_t ldc) {
  parallel_for(m, row_grain(n, kMoveGrain), [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      real* row = c + i * ldc;
#pragma omp simd
      for (int64_t j = 0; j < n; ++j) row[j] += bias[j];
    }
  });
}

}  // namespace p2s::cpu
