#include <algorithm>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/functors.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

template <bool keep>
void step_row(int64_t H, const real* gx, const real* gh, const real* h_prev, real* h, real* saved) {
#pragma omp simd
  for (int64_t j = 0; j < H; ++j) {
    const real r = functor::sigmoid(gx[j] + gh[j]);
    const real u = functor::sigmoid(gx[H + j] + gh[H + j]);
    const real c = functor::tanh(gx[2 * H + j] + r * gh[2 * H + j]);
    h[j] = u * h_prev[j] + (1 - u) * c;
    if constexpr (keep) saved[j] = r, saved[H + j] = u, saved[2 * H + j] = c;
  }
}

}  // namespace

void gru_step(const GruStep& s) {
  const int64_t H = s.hidden;
  parallel_for(s.batch, row_grain(H, kFunctionGrain / 2), [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      const real *gx = s.gates_x + b * 3 * H, *gh = s.gates_h + b * 3 * H,
                 *h_prev = s.h_prev + b * H;
      real* h = s.h + b * H;
      real* saved = s.saved == nullptr ? nullptr : s.saved + b * 3 * H;
      if (ended(s.lengths, b, s.step)) {
        std::copy(h_prev, h_prev + H, h);
        if (saved != nullptr) std::fill(saved, saved + 3 * H, real(0));
      } else if (saved != nullptr) {
        step_row<true>(H, gx, gh, h_prev, h, saved);
      } else {
        step_row<false>(H, gx, gh, h_prev, h, nullptr);
      }
    }
  });
}

void gru_step_grad(const GruStepGrad& s) {
  const int64_t H = s.hidden;
  parallel_for(s.batch, row_grain(H, kFunctionGrain), [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      const real *saved = s.saved + b * 3 * H, *gh = s.gates_h + b * 3 * H,
                 *h_prev = s.h_prev + b * H, *dh = s.dh + b * H;
      real *dx = s.d_gates_x + b * 3 * H, *dp = s.d_gates_h + b * 3 * H, *to = s.dh_prev + b * H;
      if (ended(s.lengths, b, s.step)) {
        std::fill(dx, dx + 3 * H, real(0));
        std::fill(dp, dp + 3 * H, real(0));
        std::copy(dh, dh + H, to);
        continue;
      }
#pragma omp simd
      for (int64_t j = 0; j < H; ++j) {
        const real r = saved[j], u = saved[H + j], c = saved[2 * H + j], d = dh[j];
        const real into_c = d * (1 - u) * (1 - c * c);
        const real into_u = d * (h_prev[j] - c) * u * (1 - u);
        const real into_r = into_c * gh[2 * H + j] * r * (1 - r);
        dx[j] = into_r, dp[j] = into_r;
        dx[H + j] = into_u, dp[H + j] = into_u;
        dx[2 * H + j] = into_c, dp[2 * H + j] = into_c * r;
        to[j] = d * u;
      }
    }
  });
}

}  // namespace p2s::cpu
