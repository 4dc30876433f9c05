#include "nn/ops.h"

namespace p2s {

Var softmax(Tape& tape, const Var& x) {
  const Kernels& k = tape.kernels();
  const int64_t rows = x.shape().rows(), columns = x.shape().columns();
  const Var y = tape.output(x.shape(), {&x});
  k.softmax(rows, columns, x.value.data(), y.value.data());
  tape.record(y, [&k, rows, columns, x = x.gradient_only(), y] {
    if (const auto dx = x.grad_target(); dx.data) {
      k.softmax_grad(rows, columns, y.value.data(), y.grad->data(), dx.data, dx.accumulate);
    }
  });
  return y;
}

Var log_softmax(Tape& tape, const Var& x) {
  const Kernels& k = tape.kernels();
  const int64_t rows = x.shape().rows(), columns = x.shape().columns();
  const Var y = tape.output(x.shape(), {&x});
  k.log_softmax(rows, columns, x.value.data(), y.value.data());
  tape.record(y, [&k, rows, columns, x = x.gradient_only(), y] {
    if (const auto dx = x.grad_target(); dx.data) {
      k.log_softmax_grad(rows, columns, y.value.data(), y.grad->data(), dx.data, dx.accumulate);
    }
  });
  return y;
}

}  // namespace p2s
