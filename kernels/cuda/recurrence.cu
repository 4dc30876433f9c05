#include "kernels/cuda/cuda.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/functors.h"

// The gates of one time step, bias and masking included, in one kernel: a thread for each hidden
// unit of each row.
namespace p2s::cuda {
namespace {

__device__ bool ended(const int32_t* lengths, int64_t row, int64_t step) {
  return lengths != nullptr && step >= lengths[row];
}

__global__ void gru_step_kernel(GruStep s) {
  const int64_t H = s.hidden;
  for (int64_t i = thread_index(); i < s.batch * H; i += thread_count()) {
    const int64_t row = quotient_of(i, H);
    const int64_t r_gate = row * 3 * H + (i - row * H), u_gate = r_gate + H, c_gate = u_gate + H;
    const float h_prev = s.h_prev[i];
    float r = 0, u = 0, c = 0, h = h_prev;
    if (!ended(s.lengths, row, s.step)) {
      r = functor::sigmoid(s.gates_x[r_gate] + s.gates_h[r_gate]);
      u = functor::sigmoid(s.gates_x[u_gate] + s.gates_h[u_gate]);
      c = functor::tanh(s.gates_x[c_gate] + r * s.gates_h[c_gate]);
      h = u * h_prev + (1 - u) * c;
    }
    s.h[i] = h;
    if (s.saved == nullptr) continue;
    s.saved[r_gate] = r, s.saved[u_gate] = u, s.saved[c_gate] = c;
  }
}

__global__ void gru_step_grad_kernel(GruStepGrad s) {
  const int64_t H = s.hidden;
  for (int64_t i = thread_index(); i < s.batch * H; i += thread_count()) {
    const int64_t row = quotient_of(i, H);
    const int64_t r_gate = row * 3 * H + (i - row * H), u_gate = r_gate + H, c_gate = u_gate + H;
    const float dh = s.dh[i];
    float into_r = 0, into_u = 0, into_c = 0, into_h = dh, r = 0;
    if (!ended(s.lengths, row, s.step)) {
      r = s.saved[r_gate];
      const float u = s.saved[u_gate], c = s.saved[c_gate];
      into_c = dh * (1 - u) * (1 - c * c);
      into_u = dh * (s.h_prev[i] - c) * u * (1 - u);
      into_r = into_c * s.gates_h[c_gate] * r * (1 - r);
      into_h = dh * u;
    }
    s.d_gates_x[r_gate] = s.d_gates_h[r_gate] = into_r;
    s.d_gates_x[u_gate] = s.d_gates_h[u_gate] = into_u;
    s.d_gates_x[c_gate] = into_c;
    s.d_gates_h[c_gate] = into_c * r;
    s.dh_prev[i] = into_h;
  }
}

__global__ void lstm_step_kernel(LstmStep s) {
  const int64_t H = s.hidden;
  for (int64_t k = thread_index(); k < s.batch * H; k += thread_count()) {
    const int64_t row = quotient_of(k, H), gate = row * 4 * H + (k - row * H);
    float i = 0, f = 0, o = 0, g = 0, c = s.c_prev[k], h = s.h_prev[k];
    if (!ended(s.lengths, row, s.step)) {
      i = functor::sigmoid(s.gates[gate]);
      f = functor::sigmoid(s.gates[gate + H]);
      o = functor::sigmoid(s.gates[gate + 2 * H]);
      g = functor::tanh(s.gates[gate + 3 * H]);
      c = f * c + i * g;
      h = o * functor::tanh(c);
    }
    s.h[k] = h, s.c[k] = c;
    if (s.saved == nullptr) continue;
    s.saved[gate] = i, s.saved[gate + H] = f;
    s.saved[gate + 2 * H] = o, s.saved[gate + 3 * H] = g;
  }
}

__global__ void lstm_step_grad_kernel(LstmStepGrad s) {
  const int64_t H = s.hidden;
  for (int64_t k = thread_index(); k < s.batch * H; k += thread_count()) {
    const int64_t row = quotient_of(k, H), gate = row * 4 * H + (k - row * H);
    const float dh = s.dh[k];
    float into_i = 0, into_f = 0, into_o = 0, into_g = 0, dh_prev = dh, dc_prev = s.dc[k];
    if (!ended(s.lengths, row, s.step)) {
      const float i = s.saved[gate], f = s.saved[gate + H], o = s.saved[gate + 2 * H],
                  g = s.saved[gate + 3 * H];
      const float tanh_c = functor::tanh(s.c[k]);
      const float dc = s.dc[k] + dh * o * (1 - tanh_c * tanh_c);
      into_i = dc * g * i * (1 - i);
      into_f = dc * s.c_prev[k] * f * (1 - f);
      into_o = dh * tanh_c * o * (1 - o);
      into_g = dc * i * (1 - g * g);
      dh_prev = 0, dc_prev = dc * f;
    }
    s.d_gates[gate] = into_i, s.d_gates[gate + H] = into_f;
    s.d_gates[gate + 2 * H] = into_o, s.d_gates[gate + 3 * H] = into_g;
    s.dh_prev[k] = dh_prev, s.dc_prev[k] = dc_prev;
  }
}

}  // namespace

void gru_step(const GruStep& s) { launch(gru_step_kernel, grid_for(s.batch * s.hidden), s); }

void gru_step_grad(const GruStepGrad& s) {
  launch(gru_step_grad_kernel, grid_for(s.batch * s.hidden), s);
}

void lstm_step(const LstmStep& s) { launch(lstm_step_kernel, grid_for(s.batch * s.hidden), s); }

void lstm_step_grad(const LstmStepGrad& s) {
  launch(lstm_step_grad_kernel, grid_for(s.batch * s.hidden), s);
}

}  // namespace p2s::cuda
