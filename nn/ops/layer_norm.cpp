#include "nn/base/error.h"
#include "nn/ops.h"

namespace p2s {

Var layer_norm(Tape& tape, const Var& x, const Var& gain, const Var& bias, real epsilon) {
  const int64_t rows = x.shape().rows(), columns = x.shape().columns();
  check(gain.shape() == Shape({columns}) && bias.shape() == gain.shape(), ErrorCode::shape,
        "layer_norm: gain {} and bias {} for x {}, [{}] is needed", gain.shape().text(),
        bias.shape().text(), x.shape().text(), columns);
  const Kernels& k = tape.kernels();
  const Var y = tape.output(x.shape(), {&x, &gain, &bias});
  const Tensor mean({rows}, tape.device()), inverse({rows}, tape.device());
  k.layer_norm(rows, columns, columns, x.value.data(), gain.value.data(), bias.value.data(),
               epsilon, y.value.data(), mean.data(), inverse.data());
  tape.record(y, [&k, rows, columns, mean, inverse, x, gain, bias = bias.gradient_only(),
                  y = y.gradient_only()] {
    const auto dx = x.grad_target();
    real* d_gain = gain.grad_data();
    real* d_bias = bias.grad_data();
    k.layer_norm_grad(rows, columns, columns, x.value.data(), gain.value.data(), mean.data(),
                      inverse.data(), y.grad->data(), dx.data, d_gain, d_bias, dx.accumulate);
  });
  return y;
}

}  // namespace p2s
