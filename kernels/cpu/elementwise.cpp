#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/sums.h"
#include "kernels/functors.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {

void unary(Unary op, int64_t n, const real* x, real* y) {
  functor::dispatch(op, [&](auto kind) {
    parallel_for(n, kFunctionGrain, [&](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) y[i] = functor::value<kind()>(x[i]);
    });
  });
}

void unary_grad(Unary op, int64_t n, const real* x, const real* y, const real* dy, real* dx,
                bool accumulate) {
  if (dx == nullptr) return;
  functor::dispatch(op, [&](auto kind) {
    const auto slope = [=](int64_t i) { return functor::derivative<kind()>(x[i], y[i]) * dy[i]; };
    parallel_for(n, kMoveGrain, [&](int64_t begin, int64_t end) {
      if (accumulate) {
#pragma omp simd
        for (int64_t i = begin; i < end; ++i) dx[i] += slope(i);
      } else {
#pragma omp simd
        for (int64_t i = begin; i < end; ++i) dx[i] = slope(i);
      }
    });
  });
}

namespace {

// Calls f(begin, end, b_begin) for stretches of [0, n) in which b's index runs on without wrapping.
template <class F>
void for_each_stretch(int64_t n, int64_t period, F&& f) {
  if (n == 0) return;
  parallel_for(n, kMoveGrain, [&](int64_t begin, int64_t end) {
    while (begin < end) {
      const int64_t within = begin % period;
      const int64_t stop = std::min(end, begin + period - within);
      f(begin, stop, within);
      begin = stop;
    }
  });
}

// value, and the slopes for a and b.
struct Add {
  static real value(real a, real b) { return a + b; }
};
struct Subtract {
  static real value(real a, real b) { return a - b; }
};
struct Multiply {
  static real value(real a, real b) { return a * b; }
  static real for_a(real, real b, real dc) { return dc * b; }
  static real for_b(real a, real, real dc) { return dc * a; }
};
struct Divide {
  static real value(real a, real b) { return a / b; }
  static real for_a(real, real b, real dc) { return dc / b; }
  static real for_b(real a, real b, real dc) { return -dc * a / (b * b); }
};

template <class Op>
void apply(int64_t n, int64_t period, const real* a, const real* b, real* c) {
  if (period == 1) {
    return parallel_for(n, kMoveGrain, [=, all = b[0]](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) c[i] = Op::value(a[i], all);
    });
  }
  for_each_stretch(n, period, [&](int64_t begin, int64_t end, int64_t within) {
    const real* right = b + within - begin;
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) c[i] = Op::value(a[i], right[i]);
  });
}

// db[j] += sum over rows of term(i, j), i = row * period + j.
template <class Term>
void add_over_rows(int64_t n, int64_t period, real* db, Term&& term) {
  const int64_t rows = n / period;
  if (rows == 1) {
    parallel_for(period, kMoveGrain, [&](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t j = begin; j < end; ++j) db[j] += term(j, j);
    });
  } else if (period == 1) {
    db[0] += real(sum_parallel(n, [&](int64_t i) { return term(i, 0); }));
  } else {
    const auto sums = sum_columns(
        rows, period, [&](int64_t row, int64_t j) { return term(row * period + j, j); });
    for (int64_t j = 0; j < period; ++j) db[j] += real(sums[size_t(j)]);
  }
}

template <class Op>
void apply_grad(int64_t n, int64_t period, const real* a, const real* b, const real* dc, real* da,
                real* db) {
  if (da != nullptr) {
    for_each_stretch(n, period, [&](int64_t begin, int64_t end, int64_t within) {
      const real* right = b + within - begin;
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) da[i] += Op::for_a(a[i], right[i], dc[i]);
    });
  }
  if (db != nullptr) {
    add_over_rows(n, period, db,
                  [=](int64_t i, int64_t j) { return Op::for_b(a[i], b[j], dc[i]); });
  }
}

// Sums and differences have slopes without operands, which may then be null.
void apply_grad(real sign_of_b, int64_t n, int64_t period, const real* dc, real* da, real* db) {
  if (da != nullptr) axpy(n, 1, dc, da);
  if (db != nullptr) {
    add_over_rows(n, period, db, [=](int64_t i, int64_t) { return sign_of_b * dc[i]; });
  }
}

}  // namespace

void binary(Binary op, int64_t n, int64_t period, const real* a, const real* b, real* c) {
  switch (op) {
    case Binary::add:
      return apply<Add>(n, period, a, b, c);
    case Binary::subtract:
      return apply<Subtract>(n, period, a, b, c);
    case Binary::multiply:
      return apply<Multiply>(n, period, a, b, c);
    case Binary::divide:
      return apply<Divide>(n, period, a, b, c);
  }
}

void binary_grad(Binary op, int64_t n, int64_t period, const real* a, const real* b, const real* dc,
                 real* da, real* db) {
  if (n == 0) return;
  switch (op) {
    case Binary::add:
      return apply_grad(1, n, period, dc, da, db);
    case Binary::subtract:
      return apply_grad(-1, n, period, dc, da, db);
    case Binary::multiply:
      return apply_grad<Multiply>(n, period, a, b, dc, da, db);
    case Binary::divide:
      return apply_grad<Divide>(n, period, a, b, dc, da, db);
  }
}

void affine(int64_t n, real scale, const real* x, real shift, real* y) {
  parallel_for(n, kMoveGrain, [&](int64_t begin, int64_t end) {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] = scale * x[i] + shift;
  });
}

void axpy(int64_t n, real scale, const real* x, real* y) {
  parallel_for(n, kMoveGrain, [&](int64_t begin, int64_t end) {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] += scale * x[i];
  });
}

}  // namespace p2s::cpu
