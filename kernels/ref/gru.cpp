#include "kernels/functors.h"
#include "kernels/ref/ref.h"

namespace p2s::ref {

void gru_step(const GruStep& s) {
  const int64_t H = s.hidden;
  for (int64_t i = 0; i < s.batch * H; ++i) {
    const int64_t row = i / H, r_gate = row * 3 * H + i % H, u_gate = r_gate + H,
                  c_gate = u_gate + H;
    const double h_prev = double(s.h_prev[i]);
    if (ended(s.lengths, row, s.step)) {
      s.h[i] = s.h_prev[i];
      if (s.saved != nullptr) s.saved[r_gate] = s.saved[u_gate] = s.saved[c_gate] = 0;
      continue;
    }
    const double r = functor::sigmoid(double(s.gates_x[r_gate]) + double(s.gates_h[r_gate]));
    const double u = functor::sigmoid(double(s.gates_x[u_gate]) + double(s.gates_h[u_gate]));
    const double c = functor::tanh(double(s.gates_x[c_gate]) + r * double(s.gates_h[c_gate]));
    s.h[i] = real(u * h_prev + (1 - u) * c);
    if (s.saved == nullptr) continue;
    s.saved[r_gate] = real(r), s.saved[u_gate] = real(u), s.saved[c_gate] = real(c);
  }
}

void gru_step_grad(const GruStepGrad& s) {
  const int64_t H = s.hidden;
  for (int64_t i = 0; i < s.batch * H; ++i) {
    const int64_t row = i / H, r_gate = row * 3 * H + i % H, u_gate = r_gate + H,
                  c_gate = u_gate + H;
    if (ended(s.lengths, row, s.step)) {
      for (int64_t gate : {r_gate, u_gate, c_gate}) s.d_gates_x[gate] = s.d_gates_h[gate] = 0;
      s.dh_prev[i] = s.dh[i];
      continue;
    }
    const double r = double(s.saved[r_gate]), u = double(s.saved[u_gate]),
                 c = double(s.saved[c_gate]), dh = double(s.dh[i]);
    const double into_c = dh * (1 - u) * (1 - c * c);
    const double into_u = dh * (double(s.h_prev[i]) - c) * u * (1 - u);
    const double into_r = into_c * double(s.gates_h[c_gate]) * r * (1 - r);
    s.d_gates_x[r_gate] = s.d_gates_h[r_gate] = real(into_r);
    s.d_gates_x[u_gate] = s.d_gates_h[u_gate] = real(into_u);
    s.d_gates_x[c_gate] = real(into_c);
    s.d_gates_h[c_gate] = real(into_c * r);
    s.dh_prev[i] = real(dh * u);
  }
}

}  // namespace p2s::ref
