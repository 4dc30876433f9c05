#include "nn/packed_weight.h"

#include "nn/base/error.h"

namespace p2s {

PackedWeight::PackedWeight(const Tensor& weight, bool transpose, Precision precision)
    : kernels_(weight.kernels()),
      k_(weight.shape()[transpose ? 1 : 0]),
      n_(weight.shape()[transpose ? 0 : 1]) {
  if (precision == Precision::fp32 && !transpose && !kernels_.packing_pays(k_, n_)) {
    whole_ = weight;
  } else {
    packed_ = kernels_.pack(transpose, k_, n_, weight.data(), weight.shape()[1], precision);
  }
}

PackedWeight::~PackedWeight() {
  if (packed_) kernels_.free_packed(packed_);
}

void PackedWeight::multiply(int64_t m, const real* a, real* c, real beta) const {
  if (packed_) return kernels_.gemm_packed(m, a, k_, packed_, c, n_, beta);
  kernels_.gemm({.m = m,
                 .n = n_,
                 .k = k_,
                 .a = a,
                 .lda = k_,
                 .b = whole_.data(),
                 .ldb = n_,
                 .c = c,
                 .ldc = n_,
                 .beta = beta});
}

Tensor PackedWeight::multiply(const Tensor& a) const {
  check(a.shape().rank() == 2 && a.shape()[1] == k_, ErrorCode::shape,
        "packed weight: inner sizes differ: {} x [{},{}]", a.shape().text(), k_, n_);
  const Tensor c({a.shape()[0], n_}, a.device());
  multiply(a.shape()[0], a.data(), c.data(), 0);
  return c;
}

}  // namespace p2s
