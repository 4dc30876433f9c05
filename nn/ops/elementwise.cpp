#include "nn/base/error.h"
#include "nn/ops.h"

namespace p2s {
namespace {

int64_t period_of(const char* op, const Var& a, const Var& b) {
  if (a.shape() == b.shape()) return a.value.elements();
  check(b.shape().rank() == 1 && a.shape().rank() >= 1 && b.shape()[0] == a.shape()[-1],
        ErrorCode::shape, "{}: sizes differ: {} and {}; the same shape or a row is needed", op,
        a.shape(), b.shape());
  return b.shape()[0];
}

Var binary(Tape& tape, Binary op, const char* op_name, const Var& a, const Var& b) {
  const int64_t n = a.value.elements(), period = period_of(op_name, a, b);
  const Kernels& k = tape.kernels();
  const Var y = tape.output(a.shape(), {&a, &b});
  k.binary(op, n, period, a.value.data(), b.value.data(), y.value.data());
  const bool sums = op == Binary::add || op == Binary::subtract;
  tape.record(y, [&k, op, n, period, a = sums ? a.gradient_only() : a,
                  b = sums ? b.gradient_only() : b, y = y.gradient_only()] {
    // The gradient of a sum is that of its first term as it is; it comes last, given away.
    real* da = op == Binary::add ? nullptr : a.grad_data();
    real* db = b.grad_data();
    if (da || db) {
      k.binary_grad(op, n, period, a.value.data(), b.value.data(), y.grad->data(), da, db);
    }
    if (op == Binary::add)
      if (a.wants_grad()) a.add_grad(y.grad->give());
  });
  return y;
}

}  // namespace

Var add(Tape& tape, const Var& a, const Var& b) { return binary(tape, Binary::add, "add", a, b); }

Var subtract(Tape& tape, const Var& a, const Var& b) {
  return binary(tape, Binary::subtract, "subtract", a, b);
}

Var multiply(Tape& tape, const Var& a, const Var& b) {
  return binary(tape, Binary::multiply, "multiply", a, b);
}

Var divide(Tape& tape, const Var& a, const Var& b) {
  return binary(tape, Binary::divide, "divide", a, b);
}

Var affine(Tape& tape, const Var& x, real scale, real shift) {
  const Kernels& k = tape.kernels();
  const Var y = tape.output(x.shape(), {&x});
  k.affine(x.value.elements(), scale, x.value.data(), shift, y.value.data());
  tape.record(y, [&k, n = x.value.elements(), scale, x = x.gradient_only(), y = y.gradient_only()] {
    if (real* dx = x.grad_data()) k.axpy(n, scale, y.grad->data(), dx);
  });
  return y;
}

Var unary(Tape& tape, Unary op, const Var& x) {
  const Kernels& k = tape.kernels();
  const Var y = tape.output(x.shape(), {&x});
  k.unary(op, x.value.elements(), x.value.data(), y.value.data());
  // The other derivatives follow from y, so x may be freed.
  const bool needs_x = op == Unary::log || op == Unary::square || op == Unary::abs;
  const Tensor saved = needs_x ? x.value : y.value;
  tape.record(y, [&k, op, saved, x = x.gradient_only(), y] {
    if (const auto dx = x.grad_target(); dx.data) {
      k.unary_grad(op, saved.elements(), saved.data(), y.value.data(), y.grad->data(), dx.data,
                   dx.accumulate);
    }
  });
  return y;
}

Var dropout(Tape& tape, const Var& x, real p) {
  check(p >= 0 && p < 1, ErrorCode::usage, "dropout: p is {}, it must be in [0, 1)", p);
  if (!tape.training() || p == 0) return x;
  const Kernels& k = tape.kernels();
  const uint64_t key = tape.rng().key();
  const Var y = tape.output(x.shape(), {&x});
  k.dropout(x.value.elements(), p, key, x.value.data(), y.value.data());
  tape.record(y,
              [&k, n = x.value.elements(), p, key, x = x.gradient_only(), y = y.gradient_only()] {
                if (real* dx = x.grad_data()) k.dropout_grad(n, p, key, y.grad->data(), dx);
              });
  return y;
}

}  // namespace p2s
