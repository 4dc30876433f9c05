#include "nn/base/error.h"
#include "nn/ops.h"

namespace p2s {
namespace {

// y = x * scale + shift, with the running statistics folded into one scale and shift a channel.
Var normalise_by_running(Tape& tape, const Var& x, const Var& gain, const Var& bias,
                         const BatchNormState& state, real epsilon) {
  const Kernels& k = tape.kernels();
  const int64_t columns = x.shape().columns(), n = x.value.elements();
  const Tensor scale({columns}, tape.device()), shift({columns}, tape.device());
  const Tensor deviation({columns}, tape.device());
  k.affine(columns, 1, state.running_variance.data(), epsilon, shift.data());
  k.unary(Unary::sqrt, columns, shift.data(), deviation.data());
  k.binary(Binary::divide, columns, columns, gain.value.data(), deviation.data(), scale.data());
  k.binary(Binary::multiply, columns, columns, state.running_mean.data(), scale.data(),
           deviation.data());
  k.binary(Binary::subtract, columns, columns, bias.value.data(), deviation.data(), shift.data());
  const Var y = tape.output(x.shape(), {});
  k.binary(Binary::multiply, n, columns, x.value.data(), scale.data(), y.value.data());
  k.binary(Binary::add, n, columns, y.value.data(), shift.data(), y.value.data());
  return y;
}

}  // namespace

Var batch_norm(Tape& tape, const Var& x, const Var& gain, const Var& bias,
               const BatchNormState& state, real epsilon, real momentum) {
  const int64_t rows = x.shape().rows(), columns = x.shape().columns();
  const Shape row{columns};
  check(gain.shape() == row && bias.shape() == row && state.running_mean.shape() == row &&
            state.running_variance.shape() == row,
        ErrorCode::shape,
        "batch_norm: gain {}, bias {}, running mean {} and variance {} for x {}, [{}] is needed",
        gain.shape().text(), bias.shape().text(), state.running_mean.shape().text(),
        state.running_variance.shape().text(), x.shape().text(), columns);
  if (!tape.training()) return normalise_by_running(tape, x, gain, bias, state, epsilon);
  check(rows > 1, ErrorCode::shape,
        "batch_norm: {} has one row a channel, training needs at least two", x.shape().text());
  const Kernels& k = tape.kernels();
  const Var y = tape.output(x.shape(), {&x, &gain, &bias});
  const Tensor mean(row, tape.device()), inverse(row, tape.device());
  k.batch_norm(rows, columns, x.value.data(), gain.value.data(), bias.value.data(), epsilon,
               momentum, y.value.data(), mean.data(), inverse.data(), state.running_mean.data(),
               state.running_variance.data());
  tape.record(y, [&k, rows, columns, mean, inverse, x, gain, bias = bias.gradient_only(),
                  y = y.gradient_only()] {
    const auto dx = x.grad_target();
    real* d_gain = gain.grad_data();
    real* d_bias = bias.grad_data();
    k.batch_norm_grad(rows, columns, x.value.data(), gain.value.data(), mean.data(), inverse.data(),
                      y.grad->data(), dx.data, d_gain, d_bias, dx.accumulate);
  });
  return y;
}

}  // namespace p2s
