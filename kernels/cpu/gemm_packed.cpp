#include <variant>

#include "kernels/cpu/add_to_rows.h"
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/gemm_int8.h"
#include "kernels/cpu/panels.h"
#include "kernels/cpu/rounded_weight.h"

namespace p2s::cpu {
namespace {

using Packed = std::variant<Panels, RoundedWeight, Int8Weight>;

template <class Layout>
PackedMatrix* make(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb) {
  return reinterpret_cast<PackedMatrix*>(
      new Packed(std::in_place_type<Layout>, transpose_b, k, n, b, ldb));
}

const Packed& packed_of(const PackedMatrix* packed) {
  return *reinterpret_cast<const Packed*>(packed);
}

}  // namespace

PackedMatrix* pack(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb,
                   Precision precision) {
  if (precision == Precision::int8) return make<Int8Weight>(transpose_b, k, n, b, ldb);
  const bool rounded = precision == Precision::bf16 && has_bfloat16_products();
  return rounded ? make<RoundedWeight>(transpose_b, k, n, b, ldb)
                 : make<Panels>(transpose_b, k, n, b, ldb);
}

void free_packed(PackedMatrix* packed) { delete reinterpret_cast<Packed*>(packed); }

void gemm_packed(int64_t m, const real* a, int64_t lda, const PackedMatrix* packed, real* c,
                 int64_t ldc, real beta, const real* bias) {
  if (m == 0) return;
  if (const auto* panels = std::get_if<Panels>(&packed_of(packed))) {
    return multiply_panels(*panels, m, a, lda,
                           {.bias = bias, .added = beta == 0 ? nullptr : c, .factor = beta}, c,
                           ldc);
  }
  const auto finish = [&](const auto& weight) {
    if (bias) add_to_rows(m, weight.columns(), bias, c, ldc);
  };
  if (const auto* rounded = std::get_if<RoundedWeight>(&packed_of(packed))) {
    rounded->multiply(false, m, a, lda, c, ldc, beta);
    return finish(*rounded);
  }
  const auto& bytes = std::get<Int8Weight>(packed_of(packed));
  bytes.multiply(m, a, lda, c, ldc, beta);
  finish(bytes);
}

}  // namespace p2s::cpu
