#include <utility>

#include "nn/base/error.h"
#include "nn/ops.h"
#include "nn/ops/column_norm.h"
#include "nn/ops/recurrence.h"
#include "nn/ops/weight_gradient.h"

namespace p2s {
namespace {

// The gates and the candidate are normalised apart.
ColumnNorm norm_of(const GruWeights& w) { return {{2 * w.hidden(), w.hidden()}}; }

// x W + b, normalised before the bias when input_gain is set.
Var input_gates(Tape& tape, const Var& x, const GruWeights& w) {
  if (!w.input_gain.value.defined()) return linear(tape, x, w.input, w.bias);
  const ColumnNorm norm = norm_of(w);
  return layer_norm(tape, linear(tape, x, w.input, {}), w.input_gain,
                    add(tape, w.input_bias, w.bias), norm.epsilon, norm.widths);
}

// All but the states of the N places that run, see RunningPlaces.
struct Saved {
  Tensor states;         // [T+1,B,H], h0 first
  Tensor products;       // [N,3H]: h U
  Tensor gates_h;        // [N,3H]: the same after layer norm; shares `products` without it
  Tensor gates;          // [N,3H]: r, u, c
  Tensor mean, inverse;  // [2,N], layer norm only
};

Saved run_forward(Tape& tape, const Tensor& gates_x, const Var& h0, const Ids& lengths,
                  const RunningPlaces& places, const GruWeights& w, const Shape& states) {
  const int64_t hidden = w.hidden(), count = places.count();
  const Kernels& k = tape.kernels();
  const Device device = tape.device();
  const bool normed = w.recurrent_gain.value.defined();
  const ColumnNorm norm = norm_of(w);
  const Shape gates{count, 3 * hidden};
  Saved s;
  s.states = Tensor(states, device);
  s.products = Tensor(gates, device);
  s.gates_h = normed ? Tensor(gates, device) : s.products;
  if (tape.training()) s.gates = Tensor(gates, device);
  if (normed) s.mean = Tensor({2, count}, device), s.inverse = Tensor({2, count}, device);
  start_states(s.states, h0);
  if (!normed && k.gru_sequence &&
      k.gru_sequence({.time = states[0] - 1,
                      .batch = states[1],
                      .hidden = hidden,
                      .begin = places.begins().data(),
                      .lengths = lengths.data(),
                      .recurrent = w.recurrent.value.data(),
                      .gates_x = gates_x.data(),
                      .states = s.states.data(),
                      .products = s.products.data(),
                      .saved = s.gates.defined() ? s.gates.data() : nullptr,
                      .precision = tape.precision()})) {
    return s;
  }
  const PackedWeight recurrent(w.recurrent.value, false, tape.precision());
  for (int64_t t = 0; t + 1 < states[0]; ++t) {
    const int64_t rows = places.rows(t), begin = places.begin(t);
    copy_rows_from(rows, s.states.rows(t, t + 1), s.states.rows(t + 1, t + 2));
    if (rows == 0) continue;
    const real* before = s.states.rows(t, t + 1).data();
    real* product = places.step(s.products, t).data();
    real* gates_h = places.step(s.gates_h, t).data();
    recurrent.multiply(rows, before, product, 0);
    if (normed) {
      norm.forward(k, rows, product, w.recurrent_gain.value.data(), w.recurrent_bias.value.data(),
                   gates_h, s.mean.data() + begin, s.inverse.data() + begin, count);
    }
    k.gru_step({.batch = rows,
                .hidden = hidden,
                .step = t,
                .lengths = lengths.data(),
                .gates_x = places.step(gates_x, t).data(),
                .gates_h = gates_h,
                .h_prev = before,
                .h = s.states.rows(t + 1, t + 2).data(),
                .saved = s.gates.defined() ? places.step(s.gates, t).data() : nullptr});
  }
  return s;
}

// Through time, last step first; leaves the gradients of x W + b and of h U, [N,3H] each.
void run_backward(const Kernels& k, const Saved& s, const Ids& lengths, const RunningPlaces& places,
                  const GruWeights& w, const Tensor& d_states, const Var& h0,
                  const Tensor& d_gates_x, const Tensor& d_products, Precision precision) {
  const int64_t time = d_states.shape()[0], batch = d_states.shape()[1], hidden = w.hidden();
  const bool normed = w.recurrent_gain.value.defined();
  const ColumnNorm norm = norm_of(w);
  const Device device = d_states.device();
  Tensor dh({batch, hidden}, device);
  if (!normed && k.gru_sequence_grad &&
      k.gru_sequence_grad({.time = time,
                           .batch = batch,
                           .hidden = hidden,
                           .begin = places.begins().data(),
                           .lengths = lengths.data(),
                           .recurrent = w.recurrent.value.data(),
                           .saved = s.gates.data(),
                           .products = s.products.data(),
                           .states = s.states.data(),
                           .d_states = d_states.data(),
                           .d_gates_x = d_gates_x.data(),
                           .d_products = d_products.data(),
                           .d_initial = dh.data(),
                           .precision = precision})) {
    return h0.add_grad(dh);
  }
  dh.fill(0);
  Tensor dh_prev({batch, hidden}, device);
  const Tensor d_gates_h = normed ? Tensor({batch, 3 * hidden}, device) : Tensor();
  const PackedWeight recurrent(w.recurrent.value, true, precision);
  for (int64_t t = time - 1; t >= 0; --t) {
    const int64_t rows = places.rows(t), begin = places.begin(t);
    k.axpy(dh.elements(), 1, d_states.rows(t, t + 1).data(), dh.data());
    if (rows == 0) continue;
    real* d_product = places.step(d_products, t).data();
    copy_rows_from(rows, dh, dh_prev);
    k.gru_step_grad({.batch = rows,
                     .hidden = hidden,
                     .step = t,
                     .lengths = lengths.data(),
                     .saved = places.step(s.gates, t).data(),
                     .gates_h = places.step(s.gates_h, t).data(),
                     .h_prev = s.states.rows(t, t + 1).data(),
                     .dh = dh.data(),
                     .d_gates_x = places.step(d_gates_x, t).data(),
                     .d_gates_h = normed ? d_gates_h.data() : d_product,
                     .dh_prev = dh_prev.data()});
    if (normed) {
      norm.backward(k, rows, places.step(s.products, t).data(), w.recurrent_gain.value.data(),
                    s.mean.data() + begin, s.inverse.data() + begin, places.count(),
                    d_gates_h.data(), d_product, w.recurrent_gain.grad_data(),
                    w.recurrent_bias.grad_data(), false);
    }
    recurrent.multiply(rows, d_product, dh_prev.data(), 1);
    std::swap(dh, dh_prev);
  }
  h0.add_grad(dh);
}

}  // namespace

Var gru(Tape& tape, const Var& x, const Var& h0, const Ids& lengths, const GruWeights& w,
        const Var& extra) {
  const int64_t hidden = w.hidden();
  check_recurrence("gru", x, h0, lengths, w.input, w.recurrent, w.bias, 3);
  const int64_t time = x.shape()[0], batch = x.shape()[1];
  check(!extra.value.defined() || extra.shape() == Shape({batch, 3 * hidden}), ErrorCode::shape,
        "gru: extra is {}, [{},{}] is needed", extra.shape(), batch, 3 * hidden);
  const RunningPlaces places(lengths, time, batch, tape.device());
  Var gates_x = input_gates(tape, places.of(tape, x), w);
  if (extra.value.defined()) gates_x = add(tape, gates_x, places.of_sequences(tape, extra));
  const Saved s =
      run_forward(tape, gates_x.value, h0, lengths, places, w, {time + 1, batch, hidden});
  const Var y = tape.output(s.states.rows(1, time + 1),
                            {&gates_x, &h0, &w.recurrent, &w.recurrent_gain, &w.recurrent_bias});
  tape.record(y, [&k = tape.kernels(), s, y, gates_x = gates_x.gradient_only(), h0, lengths, places,
                  w, time, precision = tape.precision()] {
    const Shape gates = s.gates.shape();
    const Tensor d_gates_x(gates, y.value.device()), d_products(gates, y.value.device());
    run_backward(k, s, lengths, places, w, y.grad->tensor(), h0, d_gates_x, d_products, precision);
    add_weight_gradient(k, w.recurrent, places.of(s.states.rows(0, time)), d_products, precision);
    gates_x.add_grad(d_gates_x);
  });
  return y;
}

}  // namespace p2s
