#include "kernels/cuda/cells.cuh"
#include "kernels/cuda/cuda.h"

// The gates of one time step, bias and masking included, in one kernel: a thread for each hidden
// unit of each row.
namespace p2s::cuda {
namespace {

// Where unit k of the batch's B H has its gates.
__device__ int64_t gates_of(int64_t k, int64_t row, int64_t hidden, int64_t gates) {
  return row * gates * hidden + (k - row * hidden);
}

__global__ void gru_step_kernel(GruStep s) {
  const int64_t H = s.hidden;
  for (int64_t k = thread_index(); k < s.batch * H; k += thread_count()) {
    const int64_t row = quotient_of(k, H), at = gates_of(k, row, H, 3);
    const float h_prev = s.h_prev[k];
    Gates<3> gates;
    const bool runs = !ended(s.lengths, row, s.step);
    s.h[k] = runs ? gru_cell({s.gates_x + at, H}, {s.gates_h + at, H}, h_prev, gates) : h_prev;
    if (s.saved != nullptr) gates.write(s.saved + at, H);
  }
}

__global__ void gru_step_grad_kernel(GruStepGrad s) {
  const int64_t H = s.hidden;
  for (int64_t k = thread_index(); k < s.batch * H; k += thread_count()) {
    const int64_t row = quotient_of(k, H), at = gates_of(k, row, H, 3);
    GruCellGrad d;
    d.dh_prev = s.dh[k];
    if (!ended(s.lengths, row, s.step)) {
      d = gru_cell_grad({s.saved + at, H}, s.gates_h[at + 2 * H], s.h_prev[k], s.dh[k]);
    }
    d.into_x.write(s.d_gates_x + at, H);
    d.into_product.write(s.d_gates_h + at, H);
    s.dh_prev[k] = d.dh_prev;
  }
}

__global__ void lstm_step_kernel(LstmStep s) {
  const int64_t H = s.hidden;
  for (int64_t k = thread_index(); k < s.batch * H; k += thread_count()) {
    const int64_t row = quotient_of(k, H), at = gates_of(k, row, H, 4);
    LstmState state{s.h_prev[k], s.c_prev[k]};
    Gates<4> gates;
    if (!ended(s.lengths, row, s.step)) state = lstm_cell({s.gates + at, H}, state.c, gates);
    s.h[k] = state.h, s.c[k] = state.c;
    if (s.saved != nullptr) gates.write(s.saved + at, H);
  }
}

__global__ void lstm_step_grad_kernel(LstmStepGrad s) {
  const int64_t H = s.hidden;
  for (int64_t k = thread_index(); k < s.batch * H; k += thread_count()) {
    const int64_t row = quotient_of(k, H), at = gates_of(k, row, H, 4);
    const bool runs = !ended(s.lengths, row, s.step);
    LstmCellGrad d;
    d.dc_prev = s.dc[k];
    if (runs) d = lstm_cell_grad({s.saved + at, H}, s.c_prev[k], s.c[k], s.dh[k], s.dc[k]);
    d.into.write(s.d_gates + at, H);
    s.dh_prev[k] = runs ? 0 : s.dh[k];
    s.dc_prev[k] = d.dc_prev;
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
