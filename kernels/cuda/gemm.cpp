#include <memory>

#include "kernels/cuda/convert.h"
#include "kernels/cuda/cublas_product.h"
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/runtime.h"

namespace p2s::cuda {
namespace {

// A matrix as it lies in memory, or `batch` of them; stride 0: the same for all.
struct Stored {
  const float* numbers;
  int64_t rows, columns, ld, batch, stride;
};
Stored stored_a(const Gemm& g) {
  return {g.a, g.transpose_a ? g.k : g.m, g.transpose_a ? g.m : g.k, g.lda, g.batch, g.stride_a};
}
Stored stored_b(const Gemm& g) {
  return {g.b, g.transpose_b ? g.n : g.k, g.transpose_b ? g.k : g.n, g.ldb, g.batch, g.stride_b};
}

// A copy rounded to bfloat16, in rows of a multiple of 8 numbers: tensor cores read 16 bytes at
// once.
class Rounded {
 public:
  explicit Rounded(const Stored& from)
      : ld_((from.columns + 7) / 8 * 8),
        stride_(from.stride == 0 ? 0 : from.rows * ld_),
        numbers_(size_t((from.stride == 0 ? 1 : from.batch) * from.rows * ld_) * sizeof(uint16_t)) {
    const int64_t matrices = from.stride == 0 ? 1 : from.batch;
    // Matrices without gaps between them are one.
    const bool whole = from.stride == from.rows * from.ld;
    const int64_t rows = whole ? matrices * from.rows : from.rows;
    for (int64_t i = 0; i < (whole ? 1 : matrices); ++i) {
      round_to_bfloat16(rows, from.columns, from.numbers + i * from.stride, from.ld,
                        numbers_.as<uint16_t>() + i * stride_, ld_);
    }
  }
  int64_t ld() const { return ld_; }
  int64_t stride() const { return stride_; }
  const void* data() const { return numbers_.as<void>(); }

 private:
  int64_t ld_, stride_;
  Scratch numbers_;
};

// B of a product, copied: rounded for bf16, else as floats without gaps.
struct Packed {
  Precision precision;
  bool transpose;
  int64_t k, n, ld;
  std::unique_ptr<Rounded> rounded;
  std::unique_ptr<Scratch> floats;
};

const Packed& packed_of(const PackedMatrix* matrix) {
  return *reinterpret_cast<const Packed*>(matrix);
}

}  // namespace

void gemm(const Gemm& g) {
  if (g.m == 0 || g.n == 0 || g.batch == 0) return;
  if (g.k == 0) {
    for (int64_t i = 0; i < g.batch; ++i) {
      scale_rows(g.m, g.n, g.beta, g.c + i * g.stride_c, g.ldc);
      if (g.bias) add_to_rows(g.m, g.n, g.bias, g.c + i * g.stride_c, g.ldc);
    }
    return;
  }
  if (g.precision != Precision::bf16) return cublas_product(g, g.a, g.b);
  const Rounded a(stored_a(g)), b(stored_b(g));
  Gemm rounded = g;
  rounded.lda = a.ld(), rounded.stride_a = a.stride();
  rounded.ldb = b.ld(), rounded.stride_b = b.stride();
  cublas_product(rounded, a.data(), b.data());
}

PackedMatrix* pack(bool transpose_b, int64_t k, int64_t n, const float* b, int64_t ldb,
                   Precision precision) {
  const Stored from{b, transpose_b ? n : k, transpose_b ? k : n, ldb, 1, 0};
  auto packed = std::make_unique<Packed>();
  packed->precision = precision;
  packed->transpose = transpose_b, packed->k = k, packed->n = n;
  if (precision == Precision::bf16) {
    packed->rounded = std::make_unique<Rounded>(from);
    packed->ld = packed->rounded->ld();
  } else {
    packed->ld = from.columns;
    packed->floats = std::make_unique<Scratch>(size_t(from.rows * from.columns) * sizeof(float));
    copy_block(from.rows, from.columns, b, ldb, packed->floats->as<float>(), packed->ld, false);
  }
  return reinterpret_cast<PackedMatrix*>(packed.release());
}

void free_packed(PackedMatrix* matrix) { delete reinterpret_cast<Packed*>(matrix); }

void gemm_packed(int64_t m, const float* a, int64_t lda, const PackedMatrix* matrix, float* c,
                 int64_t ldc, float beta, const float* bias) {
  const Packed& b = packed_of(matrix);
  Gemm g{.transpose_b = b.transpose,
         .m = m,
         .n = b.n,
         .k = b.k,
         .a = a,
         .lda = lda,
         .b = b.floats ? b.floats->as<float>() : nullptr,
         .ldb = b.ld,
         .c = c,
         .ldc = ldc,
         .beta = beta,
         .bias = bias,
         .precision = b.precision};
  if (!b.rounded || m == 0 || b.n == 0 || b.k == 0) return gemm(g);
  const Rounded left(stored_a(g));
  g.lda = left.ld();
  cublas_product(g, left.data(), b.rounded->data());
}

}  // namespace p2s::cuda
