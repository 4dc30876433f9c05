#include <algorithm>
#include <array>

#include "kernels/cpu/bfloat16.h"
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/dnnl_primitives.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/matrix_vector.h"
#include "kernels/cpu/scratch.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

using dnnl::memory;
using Type = memory::data_type;

// A product with a vector is bound by reading the matrix, which rounding would do once more.
bool rounds_operands(const Gemm& g) {
  return g.precision == Precision::bf16 && has_bfloat16_products() && g.m > 1 && g.n > 1;
}

// Measured on AVX-512: rounding into the same layout costs a quarter of reordering into oneDNN's
// own, which a single product does not win back; but A is better turned while it is rounded.
struct Bf16Product {
  dnnl::matmul product;
  dnnl::reorder round_a;
  memory::desc a, b, c, rounded_a;
};

memory::dims strides(bool transposed, int64_t ld) {
  return transposed ? memory::dims{1, ld} : memory::dims{ld, 1};
}

Bf16Product make_bf16_product(const Gemm& g) {
  Bf16Product p;
  p.a = memory::desc({g.m, g.k}, Type::f32, strides(g.transpose_a, g.lda));
  p.rounded_a = memory::desc({g.m, g.k}, Type::bf16, memory::format_tag::ab);
  p.b = memory::desc({g.k, g.n}, Type::bf16, strides(g.transpose_b, g.transpose_b ? g.k : g.n));
  p.c = memory::desc({g.m, g.n}, Type::f32, strides(false, g.ldc));
  dnnl::primitive_attr attributes = cached_primitive();
  if (g.alpha != 1) attributes.set_output_scales(0, {g.alpha});
  if (g.beta != 0) {
    dnnl::post_ops after;
    after.append_sum(g.beta);
    attributes.set_post_ops(after);
  }
  p.product = dnnl::matmul({{p.rounded_a, p.b, p.c}, attributes, dnnl_engine()});
  if (g.transpose_a)
    p.round_a = dnnl::reorder({dnnl_engine(), p.a, dnnl_engine(), p.rounded_a, cached_primitive()});
  return p;
}

using GemmKey = std::array<int64_t, 8>;
using Scales = std::array<real, 2>;

void multiply_bf16(const Gemm& g, const real* a, const real* b, real* c) {
  static PrimitiveCache<std::pair<GemmKey, Scales>, Bf16Product> cache("gemm in bf16", 512);
  const GemmKey key{g.transpose_a, g.transpose_b, g.m, g.n, g.k, g.lda, g.ldb, g.ldc};
  const Bf16Product p = cache.get({key, {g.alpha, g.beta}}, [&] { return make_bf16_product(g); });
  const Scratch for_a(size_t(g.m * g.k) * sizeof(uint16_t)),
      for_b(size_t(g.k * g.n) * sizeof(uint16_t));
  memory rounded_a = dnnl_memory(p.rounded_a, for_a.as<void>());
  if (g.transpose_a) {
    memory whole_a = dnnl_memory(p.a, a);
    run(p.round_a, {{DNNL_ARG_FROM, whole_a}, {DNNL_ARG_TO, rounded_a}});
  } else {
    round_to_bfloat16(g.m, g.k, a, g.lda, for_a.as<uint16_t>());
  }
  round_to_bfloat16(g.transpose_b ? g.n : g.k, g.transpose_b ? g.k : g.n, b, g.ldb,
                    for_b.as<uint16_t>());
  run(p.product, {{DNNL_ARG_SRC, rounded_a},
                  {DNNL_ARG_WEIGHTS, dnnl_memory(p.b, for_b.as<void>())},
                  {DNNL_ARG_DST, dnnl_memory(p.c, c)}});
}

void multiply(const Gemm& g, const real* a, const real* b, real* c) {
  if (rounds_operands(g)) return multiply_bf16(g, a, b, c);
  if (g.m == 1) {
    const VectorProduct v{g.alpha, g.beta, a, g.transpose_a ? g.lda : 1, c, 1};
    return g.transpose_b ? multiply_rows(g.n, g.k, b, g.ldb, v)
                         : multiply_columns(g.k, g.n, b, g.ldb, v);
  }
  if (g.n == 1) {
    const VectorProduct v{g.alpha, g.beta, b, g.transpose_b ? 1 : g.ldb, c, g.ldc};
    return g.transpose_a ? multiply_columns(g.k, g.m, a, g.lda, v)
                         : multiply_rows(g.m, g.k, a, g.lda, v);
  }
  const auto status = dnnl_sgemm(g.transpose_a ? 'T' : 'N', g.transpose_b ? 'T' : 'N', g.m, g.n,
                                 g.k, g.alpha, a, g.lda, b, g.ldb, g.beta, c, g.ldc);
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

}  // namespace

void gemm(const Gemm& g) {
  if (g.m == 0 || g.n == 0) return;
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

}  // namespace p2s::cpu
