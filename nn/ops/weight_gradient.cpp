#include "nn/ops/weight_gradient.h"

namespace p2s {

void add_weight_gradient(const Kernels& k, const Var& weight, const Tensor& x, const Tensor& dy,
                         Precision precision) {
  const auto gradient = weight.grad_target();
  if (gradient.data == nullptr) return;
  const int64_t inputs = weight.shape()[0], outputs = weight.shape()[1];
  k.gemm({.transpose_a = true,
          .m = inputs,
          .n = outputs,
          .k = dy.elements() / outputs,
          .a = x.data(),
          .lda = inputs,
          .b = dy.data(),
          .ldb = outputs,
          .c = gradient.data,
          .ldc = outputs,
          .beta = gradient.beta(),
          .precision = precision});
}

void add_bias_gradient(const Kernels& k, const Var& bias, const Tensor& dy) {
  if (real* gradient = bias.grad_data()) {
    k.binary_grad(Binary::add, dy.elements(), bias.value.elements(), nullptr, nullptr, dy.data(),
                  nullptr, gradient);
  }
}

}  // namespace p2s
