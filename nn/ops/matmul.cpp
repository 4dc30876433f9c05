#include <utility>

#include "nn/base/error.h"
#include "nn/ops.h"

namespace p2s {
namespace {

struct Product {
  int64_t batch = 1, m = 0, n = 0, k = 0;
  int64_t columns_a = 0, columns_b = 0;
  bool transpose_a = false, transpose_b = false;
  Precision precision = Precision::fp32;
};

Product check_product(const Var& a, const Var& b, Transpose transpose) {
  const int rank = a.shape().rank();
  check((rank == 2 || rank == 3) && b.shape().rank() == rank, ErrorCode::shape,
        "matmul: two matrices or two batches of matrices are needed: {} x {}", a.shape(),
        b.shape());
  Product p;
  p.transpose_a = transpose == Transpose::a || transpose == Transpose::both;
  p.transpose_b = transpose == Transpose::b || transpose == Transpose::both;
  p.batch = rank == 3 ? a.shape()[0] : 1;
  check(rank == 2 || b.shape()[0] == p.batch, ErrorCode::shape, "matmul: batches differ: {} x {}",
        a.shape(), b.shape());
  p.columns_a = a.shape()[-1];
  p.columns_b = b.shape()[-1];
  p.m = a.shape()[p.transpose_a ? -1 : -2];
  p.k = a.shape()[p.transpose_a ? -2 : -1];
  p.n = b.shape()[p.transpose_b ? -2 : -1];
  check(b.shape()[p.transpose_b ? -1 : -2] == p.k, ErrorCode::shape,
        "matmul: inner sizes differ: {}{} x {}{}", a.shape(), p.transpose_a ? "^T" : "", b.shape(),
        p.transpose_b ? "^T" : "");
  return p;
}

Gemm forward_product(const Product& p, const real* a, const real* b, real* c) {
  return {.transpose_a = p.transpose_a,
          .transpose_b = p.transpose_b,
          .m = p.m,
          .n = p.n,
          .k = p.k,
          .a = a,
          .lda = p.columns_a,
          .b = b,
          .ldb = p.columns_b,
          .c = c,
          .ldc = p.n,
          .batch = p.batch,
          .stride_a = p.m * p.k,
          .stride_b = p.k * p.n,
          .stride_c = p.m * p.n,
          .precision = p.precision};
}

// dA += dC op(B)^T, or, for a transposed A, op(B) dC^T.
Gemm gradient_a(const Product& p, const real* b, const real* dc, Gradient::Target da) {
  Gemm g{.ldc = p.columns_a,
         .beta = da.beta(),
         .batch = p.batch,
         .stride_a = p.m * p.n,
         .stride_b = p.k * p.n,
         .stride_c = p.m * p.k,
         .precision = p.precision};
  g.m = p.m, g.n = p.k, g.k = p.n;
  g.a = dc, g.lda = p.n, g.b = b, g.ldb = p.columns_b, g.c = da.data;
  g.transpose_b = !p.transpose_b;
  if (p.transpose_a) {
    std::swap(g.m, g.n), std::swap(g.a, g.b), std::swap(g.lda, g.ldb);
    std::swap(g.stride_a, g.stride_b);
    g.transpose_a = p.transpose_b, g.transpose_b = true;
  }
  return g;
}

// dB += op(A)^T dC, or, for a transposed B, dC^T op(A).
Gemm gradient_b(const Product& p, const real* a, const real* dc, Gradient::Target db) {
  Gemm g{.ldc = p.columns_b,
         .beta = db.beta(),
         .batch = p.batch,
         .stride_a = p.m * p.k,
         .stride_b = p.m * p.n,
         .stride_c = p.k * p.n,
         .precision = p.precision};
  g.m = p.k, g.n = p.n, g.k = p.m;
  g.a = a, g.lda = p.columns_a, g.b = dc, g.ldb = p.n, g.c = db.data;
  g.transpose_a = !p.transpose_a;
  if (p.transpose_b) {
    std::swap(g.m, g.n), std::swap(g.a, g.b), std::swap(g.lda, g.ldb);
    std::swap(g.stride_a, g.stride_b);
    g.transpose_b = p.transpose_a, g.transpose_a = true;
  }
  return g;
}

}  // namespace

Var matmul(Tape& tape, const Var& a, const Var& b, Transpose transpose) {
  Product p = check_product(a, b, transpose);
  p.precision = tape.precision();
  const Kernels& k = tape.kernels();
  const Shape shape = a.shape().rank() == 3 ? Shape{p.batch, p.m, p.n} : Shape{p.m, p.n};
  const Var y = tape.output(shape, {&a, &b});
  k.gemm(forward_product(p, a.value.data(), b.value.data(), y.value.data()));
  tape.record(y, [&k, p, a, b, y = y.gradient_only()] {
    const real* dy = y.grad->data();
    if (const auto da = a.grad_target(); da.data) k.gemm(gradient_a(p, b.value.data(), dy, da));
    if (const auto db = b.grad_target(); db.data) k.gemm(gradient_b(p, a.value.data(), dy, db));
  });
  return y;
}

}  // namespace p2s
