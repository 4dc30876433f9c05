#include "nn/packed_weight.h"

#include "nn/base/error.h"

namespace p2s {

PackedWeight::PackedWeight(const Tensor& weight, bool transpose, Precision precision)
    : kernels_(weight.kernels()),
      k_(weight.shape()[transpose ? 1 : 0]),
      n_(weight.shape()[transpose ? 0 : 1]),
      packed_(nullptr, kernels_.free_packed) {
  if (precision == Precision::fp32 && !transpose && !kernels_.packs_fp32) {
    whole_ = weight;
  } else {
    packed_.reset(kernels_.pack(transpose, k_, n_, weight.data(), weight.shape()[1], precision));
  }
}

void PackedWeight::multiply(int64_t m, const real* a, real* c, real beta, const real* bias) const {
  if (packed_) return kernels_.gemm_packed(m, a, k_, packed_.get(), c, n_, beta, bias);
  kernels_.gemm({.m = m,
                 .n = n_,
                 .k = k_,
                 .a = a,
                 .lda = k_,
                 .b = whole_.data(),
                 .ldb = n_,
                 .c = c,
                 .ldc = n_,
                 .beta = beta,
                 .bias = bias});
}

PackedFilters::PackedFilters(const Tensor& weight, int64_t stride, int64_t groups)
    : kernels_(weight.kernels()),
      shape_(weight.shape()),
      packed_(nullptr, kernels_.free_packed_convolution) {
  if (kernels_.pack_convolution) {
    const Conv2d layer{.channels = shape_[3] * groups,
                       .filters = shape_[0],
                       .kernel_height = shape_[1],
                       .kernel_width = shape_[2],
                       .stride = stride,
                       .groups = groups};
    packed_.reset(kernels_.pack_convolution(layer, weight.data()));
  } else {
    whole_ = weight;
  }
}

void PackedFilters::convolve(const Conv2d& c, const real* x, const real* bias, const real* residual,
                             Activation activation, real* y) const {
  if (packed_) return kernels_.conv2d_packed(c, x, packed_.get(), bias, residual, activation, y);
  kernels_.conv2d(c, x, whole_.data(), bias, residual, activation, y);
}

Tensor PackedWeight::multiply(const Tensor& a) const {
  check(a.shape().rank() == 2 && a.shape()[1] == k_, ErrorCode::shape,
        "packed weight: inner sizes differ: {} x [{},{}]", a.shape(), k_, n_);
  const Tensor c({a.shape()[0], n_}, a.device());
  multiply(a.shape()[0], a.data(), c.data(), 0);
  return c;
}

}  // namespace p2s
