#pragma once

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
  void write(int64_t n, const real* sums, real* y) const;
};

inline void Finish::write(int64_t n, const real* sums, real* y) const {
  with_activation(activation, [&]<Activation which>() {
    if (bias && added) {
#pragma omp simd
      for (int64_t j = 0; j < n; ++j) {
        y[j] = functor::activate(which, sums[j] + bias[j] + factor * added[j]);
      }
    } else if (bias) {
#pragma omp simd
      for (int64_t j = 0; j < n; ++j) y[j] = functor::activate(which, sums[j] + bias[j]);
    } else if (added) {
#pragma omp simd
      for (int64_t j = 0; j < n; ++j) y[j] = functor::activate(which, sums[j] + factor * added[j]);
    } else {
#pragma omp simd
      for (int64_t j = 0; j < n; ++j) y[j] = functor::activate(which, sums[j]);
    }
  });
}

}  // namespace p2s::cpu
