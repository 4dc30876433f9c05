#include <array>
#include <variant>

#include "kernels/cpu/bfloat16.h"
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/dnnl_primitives.h"
#include "kernels/cpu/gemm_int8.h"
#include "kernels/cpu/panels.h"
#include "kernels/cpu/scratch.h"

namespace p2s::cpu {
namespace {

using dnnl::memory;
using Type = memory::data_type;

// The layout that oneDNN chooses for a batch of rows; products with fewer or more rows use it too.
memory::desc rounded_layout(int64_t k, int64_t n) {
  static PrimitiveCache<std::array<int64_t, 2>, memory::desc> cache("pack", 64);
  return cache.get({k, n}, [&] {
    constexpr int64_t kRows = 64;
    const memory::desc a({kRows, k}, Type::bf16, memory::format_tag::ab),
        b({k, n}, Type::bf16, memory::format_tag::any),
        c({kRows, n}, Type::f32, memory::format_tag::ab);
    return dnnl::matmul::primitive_desc({a, b, c}, dnnl_engine()).weights_desc();
  });
}

// In bf16.
struct Rounded {
  int64_t k, n;
  memory::desc layout;
  Scratch weights;

  Rounded(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb)
      : k(k), n(n), layout(rounded_layout(k, n)), weights(layout.get_size()) {
    const memory::dims strides = transpose_b ? memory::dims{1, ldb} : memory::dims{ldb, 1};
    memory from = dnnl_memory({{k, n}, Type::f32, strides}, b),
           to = dnnl_memory(layout, weights.as<void>());
    dnnl::reorder(from, to).execute(dnnl_stream(), from, to);
  }
  void multiply(int64_t m, const real* a, int64_t lda, real* c, int64_t ldc, real beta) const;
};

using Packed = std::variant<Panels, Rounded, Int8Weight>;

struct Product {
  dnnl::matmul product;
  memory::desc a, c;
};

Product rounded_product(int64_t m, int64_t ldc, real beta, const Rounded& p) {
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

void Rounded::multiply(int64_t m, const real* a, int64_t lda, real* c, int64_t ldc,
                       real beta) const {
  const Scratch rounded(size_t(m * k) * sizeof(uint16_t));
  round_to_bfloat16(m, k, a, lda, rounded.as<uint16_t>());
  const Product product = rounded_product(m, ldc, beta, *this);
  run(product.product, {{DNNL_ARG_SRC, dnnl_memory(product.a, rounded.as<void>())},
                        {DNNL_ARG_WEIGHTS, dnnl_memory(layout, weights.as<void>())},
                        {DNNL_ARG_DST, dnnl_memory(product.c, c)}});
}

template <class Layout>
PackedMatrix* make(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb) {
  return reinterpret_cast<PackedMatrix*>(
      new Packed(std::in_place_type<Layout>, transpose_b, k, n, b, ldb));
}

const Packed& packed_of(const PackedMatrix* packed) {
  return *reinterpret_cast<const Packed*>(packed);
}

}  // namespace

// Rows of a multiple of 2 KB share a few sets of the first cache, and oneDNN reads them as they lie.
bool packing_pays(int64_t, int64_t n) { return n * int64_t(sizeof(real)) % 2048 == 0; }

PackedMatrix* pack(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb,
                   Precision precision) {
  if (precision == Precision::int8) return make<Int8Weight>(transpose_b, k, n, b, ldb);
  const bool rounded = precision == Precision::bf16 && has_bfloat16_products();
  return rounded ? make<Rounded>(transpose_b, k, n, b, ldb)
                 : make<Panels>(transpose_b, k, n, b, ldb);
}

void free_packed(PackedMatrix* packed) { delete reinterpret_cast<Packed*>(packed); }

const Panels& panels_of(const PackedMatrix* packed) { return std::get<Panels>(packed_of(packed)); }

void gemm_packed(int64_t m, const real* a, int64_t lda, const PackedMatrix* packed, real* c,
                 int64_t ldc, real beta) {
  if (m == 0) return;
  if (const auto* panels = std::get_if<Panels>(&packed_of(packed))) {
    return multiply_panels(*panels, m, a, lda, {.added = beta == 0 ? nullptr : c, .factor = beta},
                           c, ldc);
  }
  if (const auto* rounded = std::get_if<Rounded>(&packed_of(packed))) {
    return rounded->multiply(m, a, lda, c, ldc, beta);
  }
  std::get<Int8Weight>(packed_of(packed)).multiply(m, a, lda, c, ldc, beta);
}

}  // namespace p2s::cpu
