#include <memory>
#include <utility>

#include "nn/base/error.h"
#include "nn/ops.h"
#include "nn/ops/recurrence.h"

namespace p2s {
namespace {

struct Saved {
  Tensor hidden, cell;  // [T+1,B,H], the initial ones first
  Tensor gates;         // [T,B,4H]: i, f, o, g
};

Saved run_forward(Tape& tape, const Var& gates_x, const LstmStates& initial, const Ids& lengths,
                  const LstmWeights& w) {
  const int64_t time = gates_x.shape()[0], batch = gates_x.shape()[1], hidden = w.hidden();
  const Kernels& k = tape.kernels();
  Saved s{Tensor({time + 1, batch, hidden}, tape.device()),
          Tensor({time + 1, batch, hidden}, tape.device()),
          Tensor({time, batch, 4 * hidden}, tape.device())};
  start_states(s.hidden, initial.hidden);
  start_states(s.cell, initial.cell);
  Tensor sums({batch, 4 * hidden}, tape.device());
  const PackedWeight recurrent(w.recurrent.value, false, tape.precision());
  const std::vector<int64_t> active = active_rows(lengths, time, batch);
  for (int64_t t = 0; t < time; ++t) {
    const int64_t rows = active[size_t(t)];
    copy_rows_from(rows, s.hidden.rows(t, t + 1), s.hidden.rows(t + 1, t + 2));
    copy_rows_from(rows, s.cell.rows(t, t + 1), s.cell.rows(t + 1, t + 2));
    if (rows == 0) continue;
    const real* before = s.hidden.rows(t, t + 1).data();
    sums.copy_from(gates_x.value.rows(t, t + 1));
    recurrent.multiply(rows, before, sums.data(), 1);
    k.lstm_step({.batch = rows,
                 .hidden = hidden,
                 .step = t,
                 .lengths = lengths.data(),
                 .gates = sums.data(),
                 .h_prev = before,
                 .c_prev = s.cell.rows(t, t + 1).data(),
                 .h = s.hidden.rows(t + 1, t + 2).data(),
                 .c = s.cell.rows(t + 1, t + 2).data(),
                 .saved = s.gates.rows(t, t + 1).data()});
  }
  return s;
}

// Through time, last step first; leaves the gradients of the gates' sums for every step. The
// gradients of the states from above may be undefined: zero.
void run_backward(const Kernels& k, const Saved& s, const Ids& lengths, const LstmWeights& w,
                  const Tensor& d_hidden, const Tensor& d_cell, const LstmStates& initial,
                  Tensor& d_gates, Precision precision) {
  const int64_t time = d_gates.shape()[0], batch = d_gates.shape()[1], hidden = w.hidden();
  const Device device = d_gates.device();
  const Shape state{batch, hidden};
  Tensor dh(state, device, real(0)), dc(state, device, real(0));
  Tensor dh_prev(state, device), dc_prev(state, device);
  const PackedWeight recurrent(w.recurrent.value, true, precision);
  const std::vector<int64_t> active = active_rows(lengths, time, batch);
  for (int64_t t = time - 1; t >= 0; --t) {
    const int64_t rows = active[size_t(t)];
    if (d_hidden.defined()) k.axpy(dh.elements(), 1, d_hidden.rows(t, t + 1).data(), dh.data());
    if (d_cell.defined()) k.axpy(dc.elements(), 1, d_cell.rows(t, t + 1).data(), dc.data());
    const Tensor d_step = d_gates.rows(t, t + 1);
    zero_rows_from(rows, d_step);
    if (rows == 0) continue;
    copy_rows_from(rows, dh, dh_prev);
    copy_rows_from(rows, dc, dc_prev);
    k.lstm_step_grad({.batch = rows,
                      .hidden = hidden,
                      .step = t,
                      .lengths = lengths.data(),
                      .saved = s.gates.rows(t, t + 1).data(),
                      .c_prev = s.cell.rows(t, t + 1).data(),
                      .c = s.cell.rows(t + 1, t + 2).data(),
                      .dh = dh.data(),
                      .dc = dc.data(),
                      .d_gates = d_step.data(),
                      .dh_prev = dh_prev.data(),
                      .dc_prev = dc_prev.data()});
    recurrent.multiply(rows, d_step.data(), dh_prev.data(), 1);
    std::swap(dh, dh_prev);
    std::swap(dc, dc_prev);
  }
  initial.hidden.add_grad(dh);
  initial.cell.add_grad(dc);
}

}  // namespace

LstmStates lstm(Tape& tape, const Var& x, const LstmStates& initial, const Ids& lengths,
                const LstmWeights& w) {
  check_recurrence("lstm", x, initial.hidden, lengths, w.input, w.recurrent, w.bias, 4);
  check(!initial.cell.value.defined() || initial.cell.shape() == Shape({x.shape()[1], w.hidden()}),
        ErrorCode::shape, "lstm: the initial cell is {}, [{},{}] is needed",
        initial.cell.shape().text(), x.shape()[1], w.hidden());
  const int64_t time = x.shape()[0], batch = x.shape()[1], hidden = w.hidden();
  const Var gates_x = linear(tape, x, w.input, w.bias);
  const Saved s = run_forward(tape, gates_x, initial, lengths, w);
  const auto inputs = {&gates_x, &initial.hidden, &initial.cell, &w.recurrent};
  const LstmStates y{tape.output(s.hidden.rows(1, time + 1), inputs),
                     tape.output(s.cell.rows(1, time + 1), inputs)};
  const auto backward = [&k = tape.kernels(), s, y, gates_x, initial, lengths, w, time, batch,
                         hidden, precision = tape.precision()] {
    const auto reached = [](const Var& v) {
      return v.grad->touched() ? v.grad->tensor() : Tensor();
    };
    Tensor d_gates({time, batch, 4 * hidden}, s.gates.device());
    run_backward(k, s, lengths, w, reached(y.hidden), reached(y.cell), initial, d_gates, precision);
    if (const auto d = w.recurrent.grad_target(); d.data) {
      k.gemm({.transpose_a = true,
              .m = hidden,
              .n = 4 * hidden,
              .k = time * batch,
              .a = s.hidden.data(),
              .lda = hidden,
              .b = d_gates.data(),
              .ldb = 4 * hidden,
              .c = d.data,
              .ldc = 4 * hidden,
              .beta = d.beta(),
              .precision = precision});
    }
    gates_x.add_grad(d_gates);
    y.hidden.grad->release();
    y.cell.grad->release();
  };
  // One entry serves both outputs: whichever is unwound first does the work and releases both
  // gradients, so that the other entry finds nothing to do.
  tape.record(y.hidden, backward);
  tape.record(y.cell, backward);
  return y;
}

}  // namespace p2s
