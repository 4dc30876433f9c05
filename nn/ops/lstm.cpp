#include <utility>

#include "nn/base/error.h"
#include "nn/ops.h"
#include "nn/ops/recurrence.h"
#include "nn/ops/weight_gradient.h"

namespace p2s {
namespace {

struct Saved {
  Tensor hidden, cell;  // [T+1,B,H], the initial ones first
  Tensor gates;         // [N,4H] of the places that run: i, f, o, g
};

Saved run_forward(Tape& tape, const Tensor& gates_x, const LstmStates& initial, const Ids& lengths,
                  const RunningPlaces& places, const LstmWeights& w, const Shape& states) {
  const int64_t batch = states[1], hidden = w.hidden();
  const Kernels& k = tape.kernels();
  Saved s{Tensor(states, tape.device()), Tensor(states, tape.device()),
          Tensor({places.count(), 4 * hidden}, tape.device())};
  start_states(s.hidden, initial.hidden);
  start_states(s.cell, initial.cell);
  if (k.lstm_sequence && k.lstm_sequence({.time = states[0] - 1,
                                          .batch = batch,
                                          .hidden = hidden,
                                          .begin = places.begins().data(),
                                          .lengths = lengths.data(),
                                          .recurrent = w.recurrent.value.data(),
                                          .gates_x = gates_x.data(),
                                          .states = s.hidden.data(),
                                          .cells = s.cell.data(),
                                          .saved = s.gates.data(),
                                          .precision = tape.precision()})) {
    return s;
  }
  Tensor sums({batch, 4 * hidden}, tape.device());
  const PackedWeight recurrent(w.recurrent.value, false, tape.precision());
  for (int64_t t = 0; t + 1 < states[0]; ++t) {
    const int64_t rows = places.rows(t);
    copy_rows_from(rows, s.hidden.rows(t, t + 1), s.hidden.rows(t + 1, t + 2));
    copy_rows_from(rows, s.cell.rows(t, t + 1), s.cell.rows(t + 1, t + 2));
    if (rows == 0) continue;
    const real* before = s.hidden.rows(t, t + 1).data();
    sums.rows(0, rows).copy_from(places.step(gates_x, t));
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
                 .saved = places.step(s.gates, t).data()});
  }
  return s;
}

// Through time, last step first; leaves the gradients of the gates' sums, [N,4H]. The gradients of
// the states from above may be undefined: zero.
void run_backward(const Kernels& k, const Saved& s, const Ids& lengths, const RunningPlaces& places,
                  const LstmWeights& w, const Tensor& d_hidden, const Tensor& d_cell,
                  const LstmStates& initial, const Tensor& d_gates, Precision precision) {
  const int64_t time = s.hidden.shape()[0] - 1, batch = s.hidden.shape()[1], hidden = w.hidden();
  const Device device = d_gates.device();
  const Shape state{batch, hidden};
  Tensor dh(state, device), dc(state, device);
  const auto pass_on = [&] {
    initial.hidden.add_grad(dh);
    initial.cell.add_grad(dc);
  };
  if (k.lstm_sequence_grad &&
      k.lstm_sequence_grad({.time = time,
                            .batch = batch,
                            .hidden = hidden,
                            .begin = places.begins().data(),
                            .lengths = lengths.data(),
                            .recurrent = w.recurrent.value.data(),
                            .saved = s.gates.data(),
                            .cells = s.cell.data(),
                            .d_states = d_hidden.defined() ? d_hidden.data() : nullptr,
                            .d_cells = d_cell.defined() ? d_cell.data() : nullptr,
                            .d_gates = d_gates.data(),
                            .d_initial_state = dh.data(),
                            .d_initial_cell = dc.data(),
                            .precision = precision})) {
    return pass_on();
  }
  dh.fill(0), dc.fill(0);
  Tensor dh_prev(state, device), dc_prev(state, device);
  const PackedWeight recurrent(w.recurrent.value, true, precision);
  for (int64_t t = time - 1; t >= 0; --t) {
    const int64_t rows = places.rows(t);
    if (d_hidden.defined()) k.axpy(dh.elements(), 1, d_hidden.rows(t, t + 1).data(), dh.data());
    if (d_cell.defined()) k.axpy(dc.elements(), 1, d_cell.rows(t, t + 1).data(), dc.data());
    if (rows == 0) continue;
    real* d_step = places.step(d_gates, t).data();
    copy_rows_from(rows, dh, dh_prev);
    copy_rows_from(rows, dc, dc_prev);
    k.lstm_step_grad({.batch = rows,
                      .hidden = hidden,
                      .step = t,
                      .lengths = lengths.data(),
                      .saved = places.step(s.gates, t).data(),
                      .c_prev = s.cell.rows(t, t + 1).data(),
                      .c = s.cell.rows(t + 1, t + 2).data(),
                      .dh = dh.data(),
                      .dc = dc.data(),
                      .d_gates = d_step,
                      .dh_prev = dh_prev.data(),
                      .dc_prev = dc_prev.data()});
    recurrent.multiply(rows, d_step, dh_prev.data(), 1);
    std::swap(dh, dh_prev);
    std::swap(dc, dc_prev);
  }
  pass_on();
}

}  // namespace

LstmStates lstm(Tape& tape, const Var& x, const LstmStates& initial, const Ids& lengths,
                const LstmWeights& w) {
  check_recurrence("lstm", x, initial.hidden, lengths, w.input, w.recurrent, w.bias, 4);
  check(!initial.cell.value.defined() || initial.cell.shape() == Shape({x.shape()[1], w.hidden()}),
        ErrorCode::shape, "lstm: the initial cell is {}, [{},{}] is needed", initial.cell.shape(),
        x.shape()[1], w.hidden());
  const int64_t time = x.shape()[0], batch = x.shape()[1], hidden = w.hidden();
  const RunningPlaces places(lengths, time, batch, tape.device());
  const Var gates_x = linear(tape, places.of(tape, x), w.input, w.bias);
  const Saved s =
      run_forward(tape, gates_x.value, initial, lengths, places, w, {time + 1, batch, hidden});
  const auto inputs = {&gates_x, &initial.hidden, &initial.cell, &w.recurrent};
  const LstmStates y{tape.output(s.hidden.rows(1, time + 1), inputs),
                     tape.output(s.cell.rows(1, time + 1), inputs)};
  const auto backward = [&k = tape.kernels(), s, y, gates_x = gates_x.gradient_only(), initial,
                         lengths, places, w, time, precision = tape.precision()] {
    const auto reached = [](const Var& v) {
      return v.grad->touched() ? v.grad->tensor() : Tensor();
    };
    const Tensor d_gates(s.gates.shape(), s.gates.device());
    run_backward(k, s, lengths, places, w, reached(y.hidden), reached(y.cell), initial, d_gates,
                 precision);
    add_weight_gradient(k, w.recurrent, places.of(s.hidden.rows(0, time)), d_gates, precision);
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
