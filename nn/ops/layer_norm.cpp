#include "nn/base/error.h"
#include "nn/ops.h"
#include "nn/ops/column_norm.h"

namespace p2s {

Var layer_norm(Tape& tape, const Var& x, const Var& gain, const Var& bias, real epsilon,
               const std::vector<int64_t>& groups) {
  const int64_t rows = x.shape().rows(), columns = x.shape().columns();
  check(gain.shape() == Shape({columns}) && bias.shape() == gain.shape(), ErrorCode::shape,
        "layer_norm: gain {} and bias {} for x {}, [{}] is needed", gain.shape(), bias.shape(),
        x.shape(), columns);
  const ColumnNorm norm{groups.empty() ? std::vector{columns} : groups, epsilon};
  check(norm.columns() == columns, ErrorCode::shape, "layer_norm: groups of {} columns for x {}",
        norm.columns(), x.shape());
  const Kernels& k = tape.kernels();
  const Var y = tape.output(x.shape(), {&x, &gain, &bias});
  const Shape moments{int64_t(norm.widths.size()), rows};
  const Tensor mean(moments, tape.device()), inverse(moments, tape.device());
  norm.forward(k, rows, x.value.data(), gain.value.data(), bias.value.data(), y.value.data(),
               mean.data(), inverse.data(), rows);
  tape.record(y, [&k, norm, rows, mean, inverse, x, gain, bias = bias.gradient_only(),
                  y = y.gradient_only()] {
    const auto dx = x.grad_target();
    norm.backward(k, rows, x.value.data(), gain.value.data(), mean.data(), inverse.data(), rows,
                  y.grad->data(), dx.data, gain.grad_data(), bias.grad_data(), dx.accumulate);
  });
  return y;
}

}  // namespace p2s
