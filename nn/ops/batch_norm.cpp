#include "nn/base/error.h"
#include "nn/ops.h"
#include "nn/ops/fused_activation.h"

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
               const BatchNormState& state, const BatchNormOptions& options, const Var& residual) {
  const int64_t rows = x.shape().rows(), columns = x.shape().columns();
  const Shape row{columns};
  check(gain.shape() == row && bias.shape() == row && state.running_mean.shape() == row &&
            state.running_variance.shape() == row,
        ErrorCode::shape,
        "batch_norm: gain {}, bias {}, running mean {} and variance {} for x {}, [{}] is needed",
        gain.shape(), bias.shape(), state.running_mean.shape(), state.running_variance.shape(),
        x.shape(), columns);
  check(!residual.value.defined() || residual.shape() == x.shape(), ErrorCode::shape,
        "batch_norm: residual is {}, {} is needed", residual.shape(), x.shape());
  const Activation activation = options.activation;
  if (!tape.training()) {
    Var y = normalise_by_running(tape, x, gain, bias, state, options.epsilon);
    if (residual.value.defined()) y = add(tape, y, residual);
    return activate(tape, activation, y);
  }
  check(rows > 1, ErrorCode::shape,
        "batch_norm: {} has one row a channel, training needs at least two", x.shape());
  const Kernels& k = tape.kernels();
  const Var y = tape.output(x.shape(), {&x, &gain, &bias, &residual});
  const Tensor mean(row, tape.device()), inverse(row, tape.device());
  k.batch_norm(rows, columns, x.value.data(), gain.value.data(), bias.value.data(),
               residual.value.data(), activation, options.epsilon, options.momentum, y.value.data(),
               mean.data(), inverse.data(), state.running_mean.data(),
               state.running_variance.data());
  const bool active = activation != Activation::none;
  tape.record(
      y, [&k, rows, columns, activation, mean, inverse, x, gain, bias = bias.gradient_only(),
          residual = residual.gradient_only(), y = active ? y : y.gradient_only()] {
        const Tensor dy = before_activation(k, activation, y);
        const auto dx = x.grad_target();
        real* d_gain = gain.grad_data();
        real* d_bias = bias.grad_data();
        k.batch_norm_grad(rows, columns, x.value.data(), gain.value.data(), mean.data(),
                          inverse.data(), dy.data(), dx.data, d_gain, d_bias, dx.accumulate);
        residual.add_grad(dy);
      });
  return y;
}

}  // namespace p2s
