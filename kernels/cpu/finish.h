#pragma once

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

}  // namespace p2s::cpu
