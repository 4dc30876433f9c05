#include "nn/base/error.h"
#include "nn/ops.h"

namespace p2s {
namespace {

Pool2d check_pool(const char* op, const Var& x, const PoolOptions& options) {
  check(x.shape().rank() == 4, ErrorCode::shape, "{}: x is {}, [N,H,W,C] is needed", op, x.shape());
  const Pool2d p{.batch = x.shape()[0],
                 .height = x.shape()[1],
                 .width = x.shape()[2],
                 .channels = x.shape()[3],
                 .window = options.window,
                 .stride = options.stride,
                 .pad = options.pad};
  // A window that lies in the padding alone would have nothing to take.
  check(p.window > 0 && p.stride > 0 && p.pad >= 0 && p.pad < p.window &&
            p.window <= p.height + 2 * p.pad && p.window <= p.width + 2 * p.pad,
        ErrorCode::shape, "{}: window {}, stride {}, pad {} do not fit x {}", op, p.window,
        p.stride, p.pad, x.shape());
  return p;
}

Shape pooled(const Pool2d& p) { return {p.batch, p.out_height(), p.out_width(), p.channels}; }

}  // namespace

Var max_pool(Tape& tape, const Var& x, const PoolOptions& options) {
  const Pool2d p = check_pool("max_pool", x, options);
  const Kernels& k = tape.kernels();
  const Var y = tape.output(pooled(p), {&x});
  const Ids arg(y.shape(), tape.device());
  k.max_pool(p, x.value.data(), y.value.data(), arg.data());
  tape.record(y, [&k, p, arg, x = x.gradient_only(), y = y.gradient_only()] {
    if (real* dx = x.grad_data()) k.max_pool_grad(p, arg.data(), y.grad->data(), dx);
  });
  return y;
}

Var average_pool(Tape& tape, const Var& x, const PoolOptions& options) {
  const Pool2d p = check_pool("average_pool", x, options);
  const Kernels& k = tape.kernels();
  const Var y = tape.output(pooled(p), {&x});
  k.average_pool(p, x.value.data(), y.value.data());
  tape.record(y, [&k, p, x = x.gradient_only(), y = y.gradient_only()] {
    if (real* dx = x.grad_data()) k.average_pool_grad(p, y.grad->data(), dx);
  });
  return y;
}

}  // namespace p2s
