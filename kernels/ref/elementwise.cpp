#include "kernels/functors.h"
#include "kernels/ref/ref.h"

namespace p2s::ref {

void unary(Unary op, int64_t n, const real* x, real* y) {
  functor::dispatch(op, [&](auto kind) {
    for (int64_t i = 0; i < n; ++i) y[i] = real(functor::value<kind()>(double(x[i])));
  });
}

void unary_grad(Unary op, int64_t n, const real* x, const real* y, const real* dy, real* dx,
                bool accumulate) {
  if (dx == nullptr) return;
  functor::dispatch(op, [&](auto kind) {
    for (int64_t i = 0; i < n; ++i) {
      const double slope = functor::derivative<kind()>(double(x[i]), double(y[i]));
      dx[i] = (accumulate ? dx[i] : 0) + real(slope * double(dy[i]));
    }
  });
}

void binary(Binary op, int64_t n, int64_t period, const real* a, const real* b, real* c) {
  for (int64_t i = 0; i < n; ++i) {
    const real right = b[i % period];
    switch (op) {
      case Binary::add:
        c[i] = a[i] + right;
        break;
      case Binary::subtract:
        c[i] = a[i] - right;
        break;
      case Binary::multiply:
        c[i] = a[i] * right;
        break;
      case Binary::divide:
        c[i] = a[i] / right;
        break;
    }
  }
}

namespace {

struct Slopes {
  double a, b;
};

Slopes slopes(Binary op, double a, double b) {
  switch (op) {
    case Binary::add:
      return {1, 1};
    case Binary::subtract:
      return {1, -1};
    case Binary::multiply:
      return {b, a};
    case Binary::divide:
      return {1 / b, -a / (b * b)};
  }
  return {0, 0};
}

}  // namespace

void binary_grad(Binary op, int64_t n, int64_t period, const real* a, const real* b, const real* dc,
                 real* da, real* db) {
  for (int64_t j = 0; j < period && j < n; ++j) {
    double sum = 0;
    for (int64_t i = j; i < n; i += period) {
      // Sums and differences have slopes without operands, which may then be null.
      const double left = a == nullptr ? 0 : double(a[i]);
      const double right = b == nullptr ? 0 : double(b[j]);
      const Slopes slope = slopes(op, left, right);
      if (da != nullptr) da[i] += real(slope.a * double(dc[i]));
      sum += slope.b * double(dc[i]);
    }
    if (db != nullptr) db[j] += real(sum);
  }
}

void affine(int64_t n, real scale, const real* x, real shift, real* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = scale * x[i] + shift;
}

void axpy(int64_t n, real scale, const real* x, real* y) {
  for (int64_t i = 0; i < n; ++i) y[i] += scale * x[i];
}

}  // namespace p2s::ref
