#include "nn/base/error.h"
#include "nn/ops.h"

namespace p2s {
namespace {

// x viewed as [outer, n, inner], reduced over n.
Var reduce_view(Tape& tape, Reduce op, const Var& x, const Shape& result, int64_t outer, int64_t n,
                int64_t inner) {
  check(n > 0 || op == Reduce::sum, ErrorCode::shape, "reduce: no numbers along the axis of {}",
        x.shape());
  const Kernels& k = tape.kernels();
  const Var y = tape.output(result, {&x});
  const Ids arg = op == Reduce::max && y.wants_grad() ? Ids(result, tape.device()) : Ids();
  k.reduce(op, outer, n, inner, x.value.data(), y.value.data(), arg.data());
  tape.record(y, [&k, op, outer, n, inner, arg, x = x.gradient_only(), y = y.gradient_only()] {
    if (real* dx = x.grad_data()) {
      k.reduce_grad(op, outer, n, inner, y.grad->data(), arg.data(), dx);
    }
  });
  return y;
}

}  // namespace

Var reduce(Tape& tape, Reduce op, const Var& x, int axis) {
  axis = x.shape().axis(axis, "reduce");
  int64_t outer = 1, inner = 1;
  for (int i = 0; i < axis; ++i) outer *= x.shape()[i];
  for (int i = axis + 1; i < x.shape().rank(); ++i) inner *= x.shape()[i];
  return reduce_view(tape, op, x, x.shape().without(axis), outer, x.shape()[axis], inner);
}

Var sum(Tape& tape, const Var& x) {
  return reduce_view(tape, Reduce::sum, x, Shape{}, 1, x.value.elements(), 1);
}

Var mean(Tape& tape, const Var& x) {
  return reduce_view(tape, Reduce::mean, x, Shape{}, 1, x.value.elements(), 1);
}

}  // namespace p2s
