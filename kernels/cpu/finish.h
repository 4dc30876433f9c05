#pragma once

#include <limits>

#include "kernels/cpu/vector.h"
#include "kernels/functors.h"
#include "kernels/kernels.h"

namespace p2s::cpu {

// f.operator()<activation>()
template <class F>
void with_activation(Activation activation, F&& f) {
  switch (activation) {
    case Activation::none:
      return f.template operator()<Activation::none>();
    case Activation::relu:
      return f.template operator()<Activation::relu>();
    case Activation::relu6:
      return f.template operator()<Activation::relu6>();
  }
}

// What becomes of the sums of a product: y = activation(sum + bias + factor * added). `added` lies
// as y does and may be y itself; bias and added may be null.
struct Finish {
  const real* bias = nullptr;
  const real* added = nullptr;
  real factor = 1;
  Activation activation = Activation::none;

  // The same for numbers from `place` of y on, which begin in `column` of their row.
  Finish from(int64_t place, int64_t column) const {
    Finish f = *this;
    if (bias) f.bias += column;
    if (added) f.added += place;
    return f;
  }
  // sums [m,n] in rows of `step`, to rows of y that are ldy apart.
  void write(int64_t m, int64_t n, const real* sums, int64_t step, real* y, int64_t ldy) const;

  // sums in registers
  template <int R, int V>
  void write(const Vector (&sums)[R][V], real* y, int64_t ldy) const {
    constexpr real kInfinity = std::numeric_limits<real>::infinity();
    const Vector low = Vector{} + (activation == Activation::none ? -kInfinity : real(0)),
                 high = Vector{} + (activation == Activation::relu6 ? real(6) : kInfinity);
    Vector shift[V] = {};
    if (bias) {
      for (int j = 0; j < V; ++j) shift[j] = load(bias + j * kLanes);
    }
    const auto write_sums = [&]<bool has_added>() {
#pragma GCC unroll 14
      for (int i = 0; i < R; ++i) {
#pragma GCC unroll 4
        for (int j = 0; j < V; ++j) {
          const int64_t place = i * ldy + j * kLanes;
          Vector sum = sums[i][j] + shift[j];
          if constexpr (has_added) sum += factor * load(added + place);
          sum = sum < low ? low : sum;  // NaN stays
          store(y + place, sum > high ? high : sum);
        }
      }
    };
    if (added) {
      write_sums.template operator()<true>();
    } else {
      write_sums.template operator()<false>();
    }
  }

 private:
  template <Activation which, bool has_bias, bool has_added>
  void write_rows(int64_t m, int64_t n, const real* sums, int64_t step, real* y,
                  int64_t ldy) const {
    const real* addend = added;
    for (int64_t i = 0; i < m; ++i, sums += step, y += ldy) {
#pragma omp simd
      for (int64_t j = 0; j < n; ++j) {
        real sum = sums[j];
        if constexpr (has_bias) sum += bias[j];
        if constexpr (has_added) sum += factor * addend[j];
        y[j] = functor::activate(which, sum);
      }
      if constexpr (has_added) addend += ldy;
    }
  }
};

inline void Finish::write(int64_t m, int64_t n, const real* sums, int64_t step, real* y,
                          int64_t ldy) const {
  with_activation(activation, [&]<Activation which>() {
    if (bias && added) return write_rows<which, true, true>(m, n, sums, step, y, ldy);
    if (bias) return write_rows<which, true, false>(m, n, sums, step, y, ldy);
    if (added) return write_rows<which, false, true>(m, n, sums, step, y, ldy);
    write_rows<which, false, false>(m, n, sums, step, y, ldy);
  });
}

// Where a tile of the result goes: to rows of y that are ldy apart, so many columns of it.
struct Target {
  Finish finish;
  int64_t columns;
  real* y;
  int64_t ldy;

  template <int R, int V>
  void write(const Vector (&sums)[R][V]) const {
    constexpr int64_t kColumns = V * kLanes;
    if (columns == kColumns) return finish.write(sums, y, ldy);
    alignas(64) real stored[R * kColumns];
#pragma GCC unroll 14
    for (int i = 0; i < R; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < V; ++j) store(stored + i * kColumns + j * kLanes, sums[i][j]);
    }
    finish.write(R, columns, stored, kColumns, y, ldy);
  }
};

}  // namespace p2s::cpu
