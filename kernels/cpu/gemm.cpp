#include <algorithm>
#include <array>

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

struct Bf16Product {
  dnnl::matmul product;
  dnnl::reorder round_a, round_b;
  memory::desc a, b, c, rounded_a, rounded_b;
};

Bf16Product make_bf16_product(const Gemm& g) {
  Bf16Product p;
  const auto strides = [](bool transposed, int64_t ld) {
    return transposed ? memory::dims{1, ld} : memory::dims{ld, 1};
  };
  p.a = memory::desc({g.m, g.k}, Type::f32, strides(g.transpose_a, g.lda));
  p.b = memory::desc({g.k, g.n}, Type::f32, strides(g.transpose_b, g.ldb));
  p.c = memory::desc({g.m, g.n}, Type::f32, strides(false, g.ldc));
  const memory::desc a({g.m, g.k}, Type::bf16,
                       g.transpose_a ? memory::format_tag::ba : memory::format_tag::ab),
      b({g.k, g.n}, Type::bf16, memory::format_tag::any);
  dnnl::primitive_attr attributes;
  if (g.alpha != 1) attributes.set_output_scales(0, {g.alpha});
  if (g.beta != 0) {
    dnnl::post_ops after;
    after.append_sum(g.beta);
    attributes.set_post_ops(after);
  }
  const dnnl::matmul::primitive_desc chosen({a, b, p.c}, attributes, dnnl_engine());
  p.rounded_a = chosen.src_desc();
  p.rounded_b = chosen.weights_desc();
  p.product = dnnl::matmul(chosen);
  p.round_a = dnnl::reorder({dnnl_engine(), p.a, dnnl_engine(), p.rounded_a});
  p.round_b = dnnl::reorder({dnnl_engine(), p.b, dnnl_engine(), p.rounded_b});
  return p;
}

using GemmKey = std::array<int64_t, 8>;
using Scales = std::array<real, 2>;

void multiply_bf16(const Gemm& g, const real* a, const real* b, real* c) {
  static PrimitiveCache<std::pair<GemmKey, Scales>, Bf16Product> cache("gemm in bf16", 256);
  const GemmKey key{g.transpose_a, g.transpose_b, g.m, g.n, g.k, g.lda, g.ldb, g.ldc};
  const Bf16Product p = cache.get({key, {g.alpha, g.beta}}, [&] { return make_bf16_product(g); });
  const Scratch for_a(p.rounded_a.get_size()), for_b(p.rounded_b.get_size());
  memory rounded_a = dnnl_memory(p.rounded_a, for_a.as<void>()),
         rounded_b = dnnl_memory(p.rounded_b, for_b.as<void>());
  memory whole_a = dnnl_memory(p.a, a), whole_b = dnnl_memory(p.b, b);
  p.round_a.execute(dnnl_stream(), whole_a, rounded_a);
  p.round_b.execute(dnnl_stream(), whole_b, rounded_b);
  p.product.execute(dnnl_stream(), {{DNNL_ARG_SRC, rounded_a},
                                    {DNNL_ARG_WEIGHTS, rounded_b},
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
