#include <array>
#include <memory>
#include <optional>

#include "kernels/cpu/bfloat16.h"
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/dnnl_primitives.h"
#include "kernels/cpu/gemm_int8.h"
#include "kernels/cpu/scratch.h"

namespace p2s::cpu {
namespace {

using dnnl::memory;
using Type = memory::data_type;

// In float, [k,n] row after row: oneDNN's sgemm is as fast on it as on a layout of its own, but for
// rows that all begin in the same lines of the cache, which are set apart. In bf16, the layout that
// oneDNN chooses. In bytes, see gemm_int8.h.
struct Packed {
  int64_t k, n;
  bool rounded;
  memory::desc layout;
  Scratch weights;
  std::optional<Int8Weight> bytes = {};
};

// Rows of a multiple of 2 KB share a few sets of the first cache: 64 of 1024 numbers times
// [1024,3072] run at 62 GFLOP/s as they lie and at 103 with a line between the rows.
bool rows_collide(int64_t n) { return n * int64_t(sizeof(real)) % 2048 == 0; }

int64_t row_length(int64_t n) { return rows_collide(n) ? n + 16 : n; }

// The layout that suits a batch of rows; products with fewer or more rows use it too.
memory::desc packed_layout(bool rounded, int64_t k, int64_t n) {
  if (!rounded) return memory::desc({k, n}, Type::f32, memory::dims{row_length(n), 1});
  static PrimitiveCache<std::array<int64_t, 2>, memory::desc> cache("pack", 64);
  return cache.get({k, n}, [&] {
    constexpr int64_t kRows = 64;
    const memory::desc a({kRows, k}, Type::bf16, memory::format_tag::ab),
        b({k, n}, Type::bf16, memory::format_tag::any),
        c({kRows, n}, Type::f32, memory::format_tag::ab);
    return dnnl::matmul::primitive_desc({a, b, c}, dnnl_engine()).weights_desc();
  });
}

struct Product {
  dnnl::matmul product;
  memory::desc a, c;
};

Product rounded_product(int64_t m, int64_t ldc, real beta, const Packed& p) {
  using Key = std::pair<std::array<int64_t, 4>, real>;
  static PrimitiveCache<Key, Product> cache("gemm_packed", 512);
  return cache.get({{m, p.n, p.k, ldc}, beta}, [&] {
    Product made;
    made.a = memory::desc({m, p.k}, Type::bf16, memory::format_tag::ab);
    made.c = memory::desc({m, p.n}, Type::f32, memory::dims{ldc, 1});
    dnnl::primitive_attr attributes = cached_primitive();
    if (beta != 0) {
      dnnl::post_ops after;
      after.append_sum(beta);
      attributes.set_post_ops(after);
    }
    made.product = dnnl::matmul({{made.a, p.layout, made.c}, attributes, dnnl_engine()});
    return made;
  });
}

}  // namespace

bool packing_pays(int64_t, int64_t n) { return rows_collide(n); }

PackedMatrix* pack(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb,
                   Precision precision) {
  if (precision == Precision::int8) {
    auto packed = std::unique_ptr<Packed>(new Packed{k, n, false, {}, Scratch(0)});
    packed->bytes.emplace(transpose_b, k, n, b, ldb);
    return reinterpret_cast<PackedMatrix*>(packed.release());
  }
  const bool rounded = precision == Precision::bf16 && has_bfloat16_products();
  const memory::desc layout = packed_layout(rounded, k, n);
  auto packed =
      std::unique_ptr<Packed>(new Packed{k, n, rounded, layout, Scratch(layout.get_size())});
  const memory::dims strides = transpose_b ? memory::dims{1, ldb} : memory::dims{ldb, 1};
  memory from = dnnl_memory({{k, n}, Type::f32, strides}, b),
         to = dnnl_memory(layout, packed->weights.as<void>());
  dnnl::reorder(from, to).execute(dnnl_stream(), from, to);
  return reinterpret_cast<PackedMatrix*>(packed.release());
}

void free_packed(PackedMatrix* packed) { delete reinterpret_cast<Packed*>(packed); }

void gemm_packed(int64_t m, const real* a, int64_t lda, const PackedMatrix* packed, real* c,
                 int64_t ldc, real beta) {
  if (m == 0) return;
  const auto& p = *reinterpret_cast<const Packed*>(packed);
  if (p.bytes) return p.bytes->multiply(m, a, lda, c, ldc, beta);
  if (!p.rounded) {
    return gemm({.m = m,
                 .n = p.n,
                 .k = p.k,
                 .a = a,
                 .lda = lda,
                 .b = p.weights.as<real>(),
                 .ldb = row_length(p.n),
                 .c = c,
                 .ldc = ldc,
                 .beta = beta});
  }
  const Scratch rounded(size_t(m * p.k) * sizeof(uint16_t));
  round_to_bfloat16(m, p.k, a, lda, rounded.as<uint16_t>());
  const Product product = rounded_product(m, ldc, beta, p);
  run(product.product, {{DNNL_ARG_SRC, dnnl_memory(product.a, rounded.as<void>())},
                        {DNNL_ARG_WEIGHTS, dnnl_memory(p.layout, p.weights.as<void>())},
                        {DNNL_ARG_DST, dnnl_memory(product.c, c)}});
}

}  // namespace p2s::cpu
