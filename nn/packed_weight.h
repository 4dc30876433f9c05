#pragma once

#include <memory>

#include "nn/tensor.h"

namespace p2s {

// A weight [K,N] (or its transpose) packed for many products: all time steps of a sequence, all
// words of a story. Do not change the weight in between: it is a copy, but for fp32 as it lies,
// where packing would win nothing.
class PackedWeight {
 public:
  PackedWeight(const Tensor& weight, bool transpose, Precision precision);
  int64_t columns() const { return n_; }
  // c [m,N] = a [m,K] W + beta c + bias [N] in each row, null: none
  void multiply(int64_t m, const real* a, real* c, real beta, const real* bias = nullptr) const;
  // a [M,K] W, a fresh tensor [M,N]; Error(shape) unless the inner sizes agree.
  Tensor multiply(const Tensor& a) const;

 private:
  const Kernels& kernels_;
  int64_t k_, n_;
  Tensor whole_;                                                   // fp32 as it lies ...
  std::unique_ptr<PackedMatrix, void (*)(PackedMatrix*)> packed_;  // ... or packed
};

// Filters [K,R,S,C] packed for many convolutions of this stride that learn nothing, of one group or
// depthwise, [C,R,S,1] of `groups` C: a copy, but where the device wins nothing by it.
class PackedFilters {
 public:
  explicit PackedFilters(const Tensor& weight, int64_t stride = 1, int64_t groups = 1);
  const Shape& shape() const { return shape_; }
  void convolve(const Conv2d&, const real* x, const real* bias, const real* residual, Activation,
                real* y) const;

 private:
  const Kernels& kernels_;
  Shape shape_;
  Tensor whole_;
  std::unique_ptr<PackedConvolution, void (*)(PackedConvolution*)> packed_;
};

}  // namespace p2s
