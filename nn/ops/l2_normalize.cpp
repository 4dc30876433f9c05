#include "nn/ops.h"

namespace p2s {

Var l2_normalize(Tape& tape, const Var& x, real epsilon) {
  const Kernels& k = tape.kernels();
  const int64_t rows = x.shape().rows(), columns = x.shape().columns();
  const Var y = tape.output(x.shape(), {&x});
  const Tensor norms({rows}, tape.device());
  k.l2_normalize(rows, columns, epsilon, x.value.data(), y.value.data(), norms.data());
  tape.record(y, [&k, rows, columns, epsilon, norms, x = x.gradient_only(), y] {
    if (real* dx = x.grad_data()) {
      k.l2_normalize_grad(rows, columns, epsilon, y.value.data(), norms.data(), y.grad->data(), dx);
    }
  });
  return y;
}

}  // namespace p2s
