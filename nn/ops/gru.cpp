#include <algorithm>
#include <memory>

#include "nn/base/error.h"
#include "nn/ops.h"
#include "nn/ops/recurrence.h"

namespace p2s {
namespace {

// Layer norm of the two parts of h U (gates [B,2H] and candidate [B,H]) that the GRU normalises
// apart.
struct RecurrentNorm {
  const Kernels& k;
  int64_t rows, hidden;
  int64_t batch;  // where the candidate's moments begin
  static constexpr real kEpsilon = real(1e-5);

  void forward(const real* x, const GruWeights& w, real* y, real* mean, real* inverse) const {
    const real* gain = w.recurrent_gain.value.data();
    const real* bias = w.recurrent_bias.value.data();
    k.layer_norm(rows, 2 * hidden, 3 * hidden, x, gain, bias, kEpsilon, y, mean, inverse);
    k.layer_norm(rows, hidden, 3 * hidden, x + 2 * hidden, gain + 2 * hidden, bias + 2 * hidden,
                 kEpsilon, y + 2 * hidden, mean + batch, inverse + batch);
  }
  void backward(const real* x, const GruWeights& w, const real* mean, const real* inverse,
                const real* dy, real* dx) const {
    const real* gain = w.recurrent_gain.value.data();
    real* d_gain = w.recurrent_gain.grad_data();
    real* d_bias = w.recurrent_bias.grad_data();
    const auto part = [&](real* gradient) { return gradient ? gradient + 2 * hidden : nullptr; };
    k.layer_norm_grad(rows, 2 * hidden, 3 * hidden, x, gain, mean, inverse, dy, dx, d_gain, d_bias,
                      false);
    k.layer_norm_grad(rows, hidden, 3 * hidden, x + 2 * hidden, gain + 2 * hidden, mean + batch,
                      inverse + batch, dy + 2 * hidden, dx + 2 * hidden, part(d_gain), part(d_bias),
                      false);
  }
};

// x W (+ b), normalised like the recurrent part when input_gain is set. The bias follows the norm.
Var input_gates(Tape& tape, const Var& x, const GruWeights& w) {
  if (!w.input_gain.value.defined()) return linear(tape, x, w.input, w.bias);
  const int64_t hidden = w.hidden();
  const Var product = linear(tape, x, w.input, {});
  const auto part = [&](int64_t begin, int64_t end) {
    return layer_norm(tape, slice(tape, product, -1, begin, end),
                      slice(tape, w.input_gain, 0, begin, end),
                      slice(tape, w.input_bias, 0, begin, end));
  };
  const Var parts[] = {part(0, 2 * hidden), part(2 * hidden, 3 * hidden)};
  return add(tape, concat(tape, parts, -1), w.bias);
}

struct Saved {
  Tensor states;         // [T+1,B,H], h0 first
  Tensor products;       // [T,B,3H]: h U
  Tensor gates_h;        // [T,B,3H]: the same after layer norm; shares `products` without it
  Tensor gates;          // [T,B,3H]: r, u, c
  Tensor mean, inverse;  // [T,2B], layer norm only
};

Saved run_forward(Tape& tape, const Var& gates_x, const Var& h0, const Ids& lengths,
                  const GruWeights& w, const Var& extra, Tensor& summed) {
  const int64_t time = gates_x.shape()[0], batch = gates_x.shape()[1], hidden = w.hidden();
  const Kernels& k = tape.kernels();
  const Device device = tape.device();
  const bool norm = w.recurrent_gain.value.defined();
  Saved s;
  s.states = Tensor({time + 1, batch, hidden}, device);
  s.products = Tensor({time, batch, 3 * hidden}, device);
  s.gates_h = norm ? Tensor({time, batch, 3 * hidden}, device) : s.products;
  if (tape.training()) s.gates = Tensor({time, batch, 3 * hidden}, device);
  if (norm) {
    s.mean = Tensor({time, 2 * batch}, device);
    s.inverse = Tensor({time, 2 * batch}, device);
  }
  summed = gates_x.value;
  if (extra.value.defined()) {
    summed = Tensor(gates_x.shape(), device);
    k.binary(Binary::add, summed.elements(), extra.value.elements(), gates_x.value.data(),
             extra.value.data(), summed.data());
  }
  start_states(s.states, h0);
  const PackedWeight recurrent(w.recurrent.value, false, tape.precision());
  const std::vector<int64_t> active = active_rows(lengths, time, batch);
  for (int64_t t = 0; t < time; ++t) {
    const int64_t rows = active[size_t(t)];
    copy_rows_from(rows, s.states.rows(t, t + 1), s.states.rows(t + 1, t + 2));
    if (rows == 0) continue;
    const real* before = s.states.rows(t, t + 1).data();
    real* product = s.products.rows(t, t + 1).data();
    real* gates_h = s.gates_h.rows(t, t + 1).data();
    recurrent.multiply(rows, before, product, 0);
    if (norm) {
      RecurrentNorm{k, rows, hidden, batch}.forward(
          product, w, gates_h, s.mean.rows(t, t + 1).data(), s.inverse.rows(t, t + 1).data());
    }
    k.gru_step({.batch = rows,
                .hidden = hidden,
                .step = t,
                .lengths = lengths.data(),
                .gates_x = summed.rows(t, t + 1).data(),
                .gates_h = gates_h,
                .h_prev = before,
                .h = s.states.rows(t + 1, t + 2).data(),
                .saved = s.gates.defined() ? s.gates.rows(t, t + 1).data() : nullptr});
  }
  return s;
}

// Through time, last step first; leaves the gradients of x W + b and of h U for every step.
void run_backward(const Kernels& k, const Saved& s, const Ids& lengths, const GruWeights& w,
                  const Tensor& d_states, const Var& h0, Tensor& d_gates_x, Tensor& d_products,
                  Precision precision) {
  const int64_t time = d_states.shape()[0], batch = d_states.shape()[1], hidden = w.hidden();
  const bool norm = w.recurrent_gain.value.defined();
  const Device device = d_states.device();
  Tensor dh({batch, hidden}, device, real(0)), dh_prev({batch, hidden}, device);
  Tensor d_gates_h = norm ? Tensor({batch, 3 * hidden}, device) : Tensor();
  const PackedWeight recurrent(w.recurrent.value, true, precision);
  const std::vector<int64_t> active = active_rows(lengths, time, batch);
  for (int64_t t = time - 1; t >= 0; --t) {
    const int64_t rows = active[size_t(t)];
    const Tensor d_product = d_products.rows(t, t + 1);
    k.axpy(dh.elements(), 1, d_states.rows(t, t + 1).data(), dh.data());
    zero_rows_from(rows, d_gates_x.rows(t, t + 1));
    zero_rows_from(rows, d_product);
    if (rows == 0) continue;
    copy_rows_from(rows, dh, dh_prev);
    k.gru_step_grad({.batch = rows,
                     .hidden = hidden,
                     .step = t,
                     .lengths = lengths.data(),
                     .saved = s.gates.rows(t, t + 1).data(),
                     .gates_h = s.gates_h.rows(t, t + 1).data(),
                     .h_prev = s.states.rows(t, t + 1).data(),
                     .dh = dh.data(),
                     .d_gates_x = d_gates_x.rows(t, t + 1).data(),
                     .d_gates_h = norm ? d_gates_h.data() : d_product.data(),
                     .dh_prev = dh_prev.data()});
    if (norm) {
      RecurrentNorm{k, rows, hidden, batch}.backward(
          s.products.rows(t, t + 1).data(), w, s.mean.rows(t, t + 1).data(),
          s.inverse.rows(t, t + 1).data(), d_gates_h.data(), d_product.data());
    }
    recurrent.multiply(rows, d_product.data(), dh_prev.data(), 1);
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
        "gru: extra is {}, [{},{}] is needed", extra.shape().text(), batch, 3 * hidden);
  const Var gates_x = input_gates(tape, x, w);
  Tensor summed;
  const Saved s = run_forward(tape, gates_x, h0, lengths, w, extra, summed);
  const Var y = tape.output(s.states.rows(1, time + 1),
                            {&gates_x, &h0, &w.recurrent, &w.recurrent_gain, &extra});
  tape.record(y, [&k = tape.kernels(), s, y, gates_x, h0, lengths, w, extra, time, batch, hidden,
                  precision = tape.precision()] {
    const Device device = y.value.device();
    Tensor d_gates_x({time, batch, 3 * hidden}, device),
        d_products({time, batch, 3 * hidden}, device);
    run_backward(k, s, lengths, w, y.grad->tensor(), h0, d_gates_x, d_products, precision);
    if (const auto d = w.recurrent.grad_target(); d.data) {
      k.gemm({.transpose_a = true,
              .m = hidden,
              .n = 3 * hidden,
              .k = time * batch,
              .a = s.states.data(),
              .lda = hidden,
              .b = d_products.data(),
              .ldb = 3 * hidden,
              .c = d.data,
              .ldc = 3 * hidden,
              .beta = d.beta(),
              .precision = precision});
    }
    if (real* d = extra.grad_data()) {
      k.binary_grad(Binary::add, d_gates_x.elements(), batch * 3 * hidden, nullptr, nullptr,
                    d_gates_x.data(), nullptr, d);
    }
    gates_x.add_grad(d_gates_x);
  });
  return y;
}

}  // namespace p2s
