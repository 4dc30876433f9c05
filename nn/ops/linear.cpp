#include "nn/base/error.h"
#include "nn/ops.h"
#include "nn/ops/weight_gradient.h"

namespace p2s {

Var linear(Tape& tape, const Var& x, const Var& weight, const Var& bias) {
  check(x.shape().rank() >= 1 && weight.shape().rank() == 2 &&
            weight.shape()[0] == x.shape().columns(),
        ErrorCode::shape, "linear: inner sizes differ: {} x {}", x.shape(), weight.shape());
  const int64_t rows = x.shape().rows(), in = weight.shape()[0], out = weight.shape()[1];
  check(!bias.value.defined() || bias.shape() == Shape({out}), ErrorCode::shape,
        "linear: bias is {}, [{}] is needed", bias.shape(), out);
  const Kernels& k = tape.kernels();
  const Precision precision = tape.precision();
  const Var y = tape.output(x.shape().with(-1, out), {&x, &weight, &bias});
  k.gemm({.m = rows,
          .n = out,
          .k = in,
          .a = x.value.data(),
          .lda = in,
          .b = weight.value.data(),
          .ldb = out,
          .c = y.value.data(),
          .ldc = out,
          .bias = bias.value.data(),
          .precision = precision});
  tape.record(y, [&k, x, weight, bias, y = y.gradient_only(), rows, in, out, precision] {
    const real* dy = y.grad->data();
    if (const auto dx = x.grad_target(); dx.data) {
      k.gemm({.transpose_b = true,
              .m = rows,
              .n = in,
              .k = out,
              .a = dy,
              .lda = out,
              .b = weight.value.data(),
              .ldb = out,
              .c = dx.data,
              .ldc = in,
              .beta = dx.beta(),
              .precision = precision});
    }
    add_weight_gradient(k, weight, x.value, y.grad->tensor(), precision);
    add_bias_gradient(k, bias, y.grad->tensor());
  });
  return y;
}

}  // namespace p2s
