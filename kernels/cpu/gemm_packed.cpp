#include <array>
#include <memory>

#include "kernels/cpu/bfloat16.h"
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/dnnl_primitives.h"
#include "kernels/cpu/scratch.h"

namespace p2s::cpu {
namespace {

using dnnl::memory;
using Type = memory::data_type;

struct Packed {
  int64_t k, n;
  Type type;  // of the operands
  memory::desc layout;
  Scratch weights;
};

Type operand_type(Precision precision) {
  const bool rounded = precision == Precision::bf16 && has_bfloat16_products();
  return rounded ? Type::bf16 : Type::f32;
}

// The layout that oneDNN likes best for a batch of rows; products with fewer or more rows use it
// too.
memory::desc packed_layout(int64_t k, int64_t n, Type type) {
  static PrimitiveCache<std::array<int64_t, 3>, memory::desc> cache("pack", 64);
  return cache.get({k, n, int64_t(type)}, [&] {
    constexpr int64_t kRows = 64;
    const memory::desc a({kRows, k}, type, memory::format_tag::ab),
        b({k, n}, type, memory::format_tag::any), c({kRows, n}, Type::f32, memory::format_tag::ab);
    return dnnl::matmul::primitive_desc({a, b, c}, dnnl_engine()).weights_desc();
  });
}

dnnl::matmul product(int64_t m, int64_t lda, int64_t ldc, real beta, const Packed& p) {
  using Key = std::pair<std::array<int64_t, 6>, real>;
  static PrimitiveCache<Key, dnnl::matmul> cache("gemm_packed", 512);
  return cache.get({{m, p.n, p.k, lda, ldc, int64_t(p.type)}, beta}, [&] {
    const memory::desc a({m, p.k}, p.type, memory::dims{lda, 1}),
        c({m, p.n}, Type::f32, memory::dims{ldc, 1});
    dnnl::primitive_attr attributes;
    if (beta != 0) {
      dnnl::post_ops after;
      after.append_sum(beta);
      attributes.set_post_ops(after);
    }
    return dnnl::matmul(dnnl::matmul::primitive_desc({a, p.layout, c}, attributes, dnnl_engine()));
  });
}

void multiply(int64_t m, const void* a, int64_t lda, const Packed& p, real* c, int64_t ldc,
              real beta) {
  const dnnl::matmul primitive = product(m, lda, ldc, beta, p);
  const memory::desc a_layout({m, p.k}, p.type, memory::dims{lda, 1}),
      c_layout({m, p.n}, Type::f32, memory::dims{ldc, 1});
  primitive.execute(dnnl_stream(), {{DNNL_ARG_SRC, dnnl_memory(a_layout, a)},
                                    {DNNL_ARG_WEIGHTS, dnnl_memory(p.layout, p.weights.as<void>())},
                                    {DNNL_ARG_DST, dnnl_memory(c_layout, c)}});
}

}  // namespace

PackedMatrix* pack(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb,
                   Precision precision) {
  const Type type = operand_type(precision);
  const memory::desc layout = packed_layout(k, n, type);
  auto packed = std::unique_ptr<Packed>(new Packed{k, n, type, layout, Scratch(layout.get_size())});
  memory from = dnnl_memory(
      {{k, n}, Type::f32, transpose_b ? memory::dims{1, ldb} : memory::dims{ldb, 1}}, b);
  memory to = dnnl_memory(layout, packed->weights.as<void>());
  dnnl::reorder(from, to).execute(dnnl_stream(), from, to);
  return reinterpret_cast<PackedMatrix*>(packed.release());
}

void free_packed(PackedMatrix* packed) { delete reinterpret_cast<Packed*>(packed); }

void gemm_packed(int64_t m, const real* a, int64_t lda, const PackedMatrix* packed, real* c,
                 int64_t ldc, real beta) {
  if (m == 0) return;
  const auto& p = *reinterpret_cast<const Packed*>(packed);
  if (p.type == Type::f32) return multiply(m, a, lda, p, c, ldc, beta);
  const Scratch rounded(size_t(m * p.k) * sizeof(uint16_t));
  round_to_bfloat16(m, p.k, a, lda, rounded.as<uint16_t>());
  multiply(m, rounded.as<void>(), p.k, p, c, ldc, beta);
}

}  // namespace p2s::cpu
