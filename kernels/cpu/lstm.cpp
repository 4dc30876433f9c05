#include <algorithm>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/functors.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

template <bool keep>
void step_row(int64_t H, const real* gates, const real* c_prev, real* h, real* cell, real* saved) {
#pragma omp simd
  for (int64_t j = 0; j < H; ++j) {
    const real i = functor::sigmoid(gates[j]), f = functor::sigmoid(gates[H + j]),
               o = functor::sigmoid(gates[2 * H + j]), g = functor::tanh(gates[3 * H + j]);
    const real c = f * c_prev[j] + i * g;
    cell[j] = c;
    h[j] = o * functor::tanh(c);
    if constexpr (keep) {
      saved[j] = i, saved[H + j] = f, saved[2 * H + j] = o, saved[3 * H + j] = g;
    }
  }
}

}  // namespace

void lstm_step(const LstmStep& s) {
  const int64_t H = s.hidden;
  parallel_for(s.batch, row_grain(H, kFunctionGrain / 2), [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      const real *gates = s.gates + b * 4 * H, *h_prev = s.h_prev + b * H,
                 *c_prev = s.c_prev + b * H;
      real *h = s.h + b * H, *c = s.c + b * H;
      real* saved = s.saved == nullptr ? nullptr : s.saved + b * 4 * H;
      if (ended(s.lengths, b, s.step)) {
        std::copy(h_prev, h_prev + H, h);
        std::copy(c_prev, c_prev + H, c);
        if (saved != nullptr) std::fill(saved, saved + 4 * H, real(0));
      } else if (saved != nullptr) {
        step_row<true>(H, gates, c_prev, h, c, saved);
      } else {
        step_row<false>(H, gates, c_prev, h, c, nullptr);
      }
    }
  });
}

void lstm_step_grad(const LstmStepGrad& s) {
  const int64_t H = s.hidden;
  parallel_for(s.batch, row_grain(H, kFunctionGrain), [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      const real *saved = s.saved + b * 4 * H, *c_prev = s.c_prev + b * H, *c = s.c + b * H,
                 *dh = s.dh + b * H, *dc = s.dc + b * H;
      real *dg = s.d_gates + b * 4 * H, *dh_prev = s.dh_prev + b * H, *dc_prev = s.dc_prev + b * H;
      if (ended(s.lengths, b, s.step)) {
        std::fill(dg, dg + 4 * H, real(0));
        std::copy(dh, dh + H, dh_prev);
        std::copy(dc, dc + H, dc_prev);
        continue;
      }
#pragma omp simd
      for (int64_t j = 0; j < H; ++j) {
        const real i = saved[j], f = saved[H + j], o = saved[2 * H + j], g = saved[3 * H + j];
        const real tanh_c = functor::tanh(c[j]);
        const real into_c = dc[j] + dh[j] * o * (1 - tanh_c * tanh_c);
        dg[j] = into_c * g * i * (1 - i);
        dg[H + j] = into_c * c_prev[j] * f * (1 - f);
        dg[2 * H + j] = dh[j] * tanh_c * o * (1 - o);
        dg[3 * H + j] = into_c * i * (1 - g * g);
        dh_prev[j] = 0;
        dc_prev[j] = into_c * f;
      }
    }
  });
}

}  // namespace p2s::cpu
