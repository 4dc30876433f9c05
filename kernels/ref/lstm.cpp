#include "kernels/functors.h"
#include "kernels/ref/ref.h"

namespace p2s::ref {

void lstm_step(const LstmStep& s) {
  const int64_t H = s.hidden;
  for (int64_t k = 0; k < s.batch * H; ++k) {
    const int64_t row = k / H, gate = row * 4 * H + k % H;
    if (ended(s.lengths, row, s.step)) {
      s.h[k] = s.h_prev[k], s.c[k] = s.c_prev[k];
      for (int64_t part = 0; part < 4 && s.saved != nullptr; ++part) s.saved[gate + part * H] = 0;
      continue;
    }
    const double i = functor::sigmoid(double(s.gates[gate]));
    const double f = functor::sigmoid(double(s.gates[gate + H]));
    const double o = functor::sigmoid(double(s.gates[gate + 2 * H]));
    const double g = functor::tanh(double(s.gates[gate + 3 * H]));
    const double c = f * double(s.c_prev[k]) + i * g;
    s.c[k] = real(c);
    s.h[k] = real(o * functor::tanh(c));
    if (s.saved == nullptr) continue;
    s.saved[gate] = real(i), s.saved[gate + H] = real(f);
    s.saved[gate + 2 * H] = real(o), s.saved[gate + 3 * H] = real(g);
  }
}

void lstm_step_grad(const LstmStepGrad& s) {
  const int64_t H = s.hidden;
  for (int64_t k = 0; k < s.batch * H; ++k) {
    const int64_t row = k / H, gate = row * 4 * H + k % H;
    if (ended(s.lengths, row, s.step)) {
      for (int64_t part = 0; part < 4; ++part) s.d_gates[gate + part * H] = 0;
      s.dh_prev[k] = s.dh[k], s.dc_prev[k] = s.dc[k];
      continue;
    }
    const double i = double(s.saved[gate]), f = double(s.saved[gate + H]),
                 o = double(s.saved[gate + 2 * H]), g = double(s.saved[gate + 3 * H]);
    const double tanh_c = functor::tanh(double(s.c[k]));
    const double dc = double(s.dc[k]) + double(s.dh[k]) * o * (1 - tanh_c * tanh_c);
    s.d_gates[gate] = real(dc * g * i * (1 - i));
    s.d_gates[gate + H] = real(dc * double(s.c_prev[k]) * f * (1 - f));
    s.d_gates[gate + 2 * H] = real(double(s.dh[k]) * tanh_c * o * (1 - o));
    s.d_gates[gate + 3 * H] = real(dc * i * (1 - g * g));
    s.dh_prev[k] = 0;
    s.dc_prev[k] = real(dc * f);
  }
}

}  // namespace p2s::ref
