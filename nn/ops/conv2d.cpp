#include "nn/base/error.h"
#include "nn/ops.h"
#include "nn/ops/fused_activation.h"

namespace p2s {
namespace {

Conv2d check_convolution(const Var& x, const Shape& weight, const Var& bias,
                         const ConvOptions& options, const Var& residual) {
  check(x.shape().rank() == 4 && weight.rank() == 4, ErrorCode::shape,
        "conv2d: x {} and weight {}, [N,H,W,C] and [K,R,S,C/groups] are needed", x.shape(), weight);
  const Conv2d c{.batch = x.shape()[0],
                 .height = x.shape()[1],
                 .width = x.shape()[2],
                 .channels = x.shape()[3],
                 .filters = weight[0],
                 .kernel_height = weight[1],
                 .kernel_width = weight[2],
                 .stride = options.stride,
                 .pad_top = options.pad_top,
                 .pad_bottom = options.pad_bottom,
                 .pad_left = options.pad_left,
                 .pad_right = options.pad_right,
                 .groups = options.groups};
  check(c.groups > 0 && c.channels % c.groups == 0 && c.filters % c.groups == 0 &&
            weight[3] == c.channels / c.groups,
        ErrorCode::shape, "conv2d: weight {} does not fit x {} in {} groups", weight, x.shape(),
        c.groups);
  check(c.stride > 0 && c.height + c.pad_top + c.pad_bottom >= c.kernel_height &&
            c.width + c.pad_left + c.pad_right >= c.kernel_width,
        ErrorCode::shape, "conv2d: the kernel {} is larger than the padded x {}, or stride {} < 1",
        weight, x.shape(), c.stride);
  const Shape out{c.batch, c.out_height(), c.out_width(), c.filters};
  check(!bias.value.defined() || bias.shape() == Shape({c.filters}), ErrorCode::shape,
        "conv2d: bias is {}, [{}] is needed", bias.shape(), c.filters);
  check(!residual.value.defined() || residual.shape() == out, ErrorCode::shape,
        "conv2d: residual is {}, {} is needed", residual.shape(), out);
  return c;
}

}  // namespace

Var conv2d(Tape& tape, const Var& x, const Var& weight, const Var& bias, const ConvOptions& options,
           const Var& residual) {
  const Conv2d c = check_convolution(x, weight.shape(), bias, options, residual);
  const Kernels& k = tape.kernels();
  const Var y = tape.output({c.batch, c.out_height(), c.out_width(), c.filters},
                            {&x, &weight, &bias, &residual});
  k.conv2d(c, x.value.data(), weight.value.data(), bias.value.data(), residual.value.data(),
           options.activation, y.value.data());
  const bool active = options.activation != Activation::none;
  tape.record(y, [&k, c, activation = options.activation, x, weight, bias = bias.gradient_only(),
                  residual = residual.gradient_only(), y = active ? y : y.gradient_only()] {
    const Tensor d = before_activation(k, activation, y);
    if (real* db = bias.grad_data()) {
      k.binary_grad(Binary::add, d.elements(), c.filters, nullptr, nullptr, d.data(), nullptr, db);
    }
    const auto dx = x.grad_target(), dw = weight.grad_target();
    if (dx.data || dw.data) {
      k.conv2d_grad(c, x.value.data(), weight.value.data(), d.data(), dx.data, dx.accumulate,
                    dw.data, dw.accumulate);
    }
    residual.add_grad(d);
  });
  return y;
}

Var conv2d(Tape& tape, const Var& x, const PackedFilters& weight, const Var& bias,
           const ConvOptions& options, const Var& residual) {
  const Conv2d c = check_convolution(x, weight.shape(), bias, options, residual);
  check(c.groups == 1 || c.depthwise(), ErrorCode::shape,
        "conv2d: packed filters are of 1 group or one a channel, not {}", c.groups);
  check(!x.wants_grad() && !bias.wants_grad() && !residual.wants_grad(), ErrorCode::usage,
        "conv2d: packed filters are for inference, no gradient goes through them");
  const Var y = Tensor({c.batch, c.out_height(), c.out_width(), c.filters}, tape.device());
  weight.convolve(c, x.value.data(), bias.value.data(), residual.value.data(), options.activation,
                  y.value.data());
  return y;
}

}  // namespace p2s
