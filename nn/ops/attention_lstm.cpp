#include <utility>
#include <vector>

#include "nn/base/error.h"
#include "nn/ops.h"
#include "nn/ops/recurrence.h"
#include "nn/ops/weight_gradient.h"

namespace p2s {
namespace {

struct Sizes {
  int64_t time, batch, hidden, images, places, size, channels;
};

Sizes sizes_of(const Var& x, const Annotations& seen, const AttentionLstmWeights& w) {
  const Shape &keys = seen.keys.shape(), &values = seen.values.shape();
  check(keys.rank() == 3 && values.rank() == 3 && keys[0] == values[0] && keys[1] == values[1],
        ErrorCode::shape, "attention_lstm: keys {} and values {}, [I,L,A] and [I,L,C] are needed",
        keys, values);
  const Sizes s{x.shape()[0], x.shape()[1], w.lstm.hidden(), keys[0], keys[1], keys[2], values[2]};
  check(w.context.shape() == Shape({s.channels, 4 * s.hidden}), ErrorCode::shape,
        "attention_lstm: context weights are {}, [{},{}] is needed", w.context.shape(), s.channels,
        4 * s.hidden);
  check(w.query.shape() == Shape({s.hidden, s.size + 1}) &&
            w.query_bias.shape() == Shape({s.size + 1}) && w.score.shape() == Shape({s.size}),
        ErrorCode::shape,
        "attention_lstm: query {}, query bias {}, score {}; [{},{}], [{}], [{}] are needed",
        w.query.shape(), w.query_bias.shape(), w.score.shape(), s.hidden, s.size + 1, s.size + 1,
        s.size);
  check(!seen.image.defined() || seen.image.shape() == Shape({s.batch}), ErrorCode::shape,
        "attention_lstm: image ids {} for {} sequences", seen.image.shape(), s.batch);
  check(seen.image.defined() || s.images >= s.batch, ErrorCode::shape,
        "attention_lstm: {} images for {} sequences", s.images, s.batch);
  return s;
}

struct Saved {
  Tensor hidden, cell;             // [T+1,B,H], the initial ones first
  Tensor gates;                    // [N,4H] of the places that run: i, f, o, g
  Tensor query, gate;              // [T,B,A+1], [T,B]
  Tensor weights, context, draws;  // [T,B,L], [T,B,C], [T,B]
  Ids picks;                       // [T,B]
};

Saved make_saved(Tape& tape, const Sizes& s, const RunningPlaces& running, bool hard) {
  const Device device = tape.device();
  const auto steps = [&](int64_t columns) { return Tensor({s.time, s.batch, columns}, device); };
  Saved saved{Tensor({s.time + 1, s.batch, s.hidden}, device),
              Tensor({s.time + 1, s.batch, s.hidden}, device),
              Tensor({running.count(), 4 * s.hidden}, device),
              steps(s.size + 1),
              steps(1),
              steps(s.places),
              steps(s.channels),
              {},
              {}};
  if (hard) {
    std::vector<real> draws(size_t(s.time * s.batch));
    for (real& draw : draws) draw = real(tape.rng().uniform());
    saved.draws = Tensor({s.time, s.batch}, device, draws);
    saved.picks = Ids({s.time, s.batch}, device);
    const std::vector<int32_t> none(draws.size(), -1);
    tape.kernels().from_host(saved.picks.data(), none.data(), none.size() * sizeof(int32_t));
  }
  return saved;
}

int32_t* picks_at(const Saved& saved, const Sizes& s, int64_t t) {
  return saved.picks.defined() ? saved.picks.data() + t * s.batch : nullptr;
}

void run_forward(Tape& tape, const Sizes& s, const Tensor& gates_x, const Ids& lengths,
                 const RunningPlaces& running, const Annotations& seen,
                 const AttentionLstmWeights& w, const Saved& saved) {
  const Kernels& k = tape.kernels();
  Tensor sums({s.batch, 4 * s.hidden}, tape.device());
  const PackedWeight recurrent(w.lstm.recurrent.value, false, tape.precision());
  const PackedWeight context(w.context.value, false, tape.precision());
  const PackedWeight query(w.query.value, false, tape.precision());
  for (int64_t t = 0; t < s.time; ++t) {
    const auto at = [t](const Tensor& x, int64_t later = 0) {
      return x.rows(t + later, t + later + 1);
    };
    const int64_t rows = running.rows(t);
    copy_rows_from(rows, at(saved.hidden), at(saved.hidden, 1));
    copy_rows_from(rows, at(saved.cell), at(saved.cell, 1));
    zero_rows_from(rows, at(saved.weights));
    zero_rows_from(rows, at(saved.context));
    if (rows == 0) continue;
    const real* before = at(saved.hidden).data();
    real* asked = at(saved.query).data();
    query.multiply(rows, before, asked, 0);
    k.binary(Binary::add, rows * (s.size + 1), s.size + 1, asked, w.query_bias.value.data(), asked);
    k.attention({.rows = rows,
                 .images = s.images,
                 .places = s.places,
                 .size = s.size,
                 .channels = s.channels,
                 .step = t,
                 .lengths = lengths.data(),
                 .image = seen.image.data(),
                 .query = asked,
                 .keys = seen.keys.value.data(),
                 .values = seen.values.value.data(),
                 .score = w.score.value.data(),
                 .draws = saved.draws.defined() ? at(saved.draws).data() : nullptr,
                 .weights = at(saved.weights).data(),
                 .gate = at(saved.gate).data(),
                 .context = at(saved.context).data(),
                 .picks = picks_at(saved, s, t)});
    sums.rows(0, rows).copy_from(running.step(gates_x, t));
    recurrent.multiply(rows, before, sums.data(), 1);
    context.multiply(rows, at(saved.context).data(), sums.data(), 1);
    k.lstm_step({.batch = rows,
                 .hidden = s.hidden,
                 .step = t,
                 .lengths = lengths.data(),
                 .gates = sums.data(),
                 .h_prev = before,
                 .c_prev = at(saved.cell).data(),
                 .h = at(saved.hidden, 1).data(),
                 .c = at(saved.cell, 1).data(),
                 .saved = running.step(saved.gates, t).data()});
  }
}

// What came from above; undefined: nothing.
struct Reached {
  Tensor hidden, context, weights;
};

// What the steps leave behind; the weights' gradients are one product each over all of them.
struct StepGradients {
  Tensor gates, query, score;  // [N,4H], [N,A+1], [B,A]
};

// Through time, last step first.
StepGradients run_backward(const Kernels& k, const Sizes& s, const Saved& saved, const Ids& lengths,
                           const RunningPlaces& running, const Annotations& seen,
                           const AttentionLstmWeights& w, const Reached& from,
                           const LstmStates& initial, Precision precision) {
  const Device device = saved.hidden.device();
  const Shape state{s.batch, s.hidden};
  const StepGradients d{Tensor({running.count(), 4 * s.hidden}, device),
                        Tensor({running.count(), s.size + 1}, device),
                        Tensor({s.batch, s.size}, device, real(0))};
  Tensor dh(state, device, real(0)), dc(state, device, real(0));
  Tensor dh_prev(state, device), dc_prev(state, device), d_context({s.batch, s.channels}, device);
  const PackedWeight recurrent(w.lstm.recurrent.value, true, precision);
  const PackedWeight context(w.context.value, true, precision);
  const PackedWeight query(w.query.value, true, precision);
  for (int64_t t = s.time - 1; t >= 0; --t) {
    const auto at = [t](const Tensor& x) { return x.rows(t, t + 1); };
    const int64_t rows = running.rows(t);
    if (from.hidden.defined()) k.axpy(dh.elements(), 1, at(from.hidden).data(), dh.data());
    if (rows == 0) continue;
    copy_rows_from(rows, dh, dh_prev);
    copy_rows_from(rows, dc, dc_prev);
    real *d_gates = running.step(d.gates, t).data(), *d_query = running.step(d.query, t).data();
    k.lstm_step_grad({.batch = rows,
                      .hidden = s.hidden,
                      .step = t,
                      .lengths = lengths.data(),
                      .saved = running.step(saved.gates, t).data(),
                      .c_prev = at(saved.cell).data(),
                      .c = saved.cell.rows(t + 1, t + 2).data(),
                      .dh = dh.data(),
                      .dc = dc.data(),
                      .d_gates = d_gates,
                      .dh_prev = dh_prev.data(),
                      .dc_prev = dc_prev.data()});
    recurrent.multiply(rows, d_gates, dh_prev.data(), 1);
    context.multiply(rows, d_gates, d_context.data(), 0);
    if (from.context.defined()) {
      k.axpy(rows * s.channels, 1, at(from.context).data(), d_context.data());
    }
    k.attention_grad({.rows = rows,
                      .images = s.images,
                      .places = s.places,
                      .size = s.size,
                      .channels = s.channels,
                      .step = t,
                      .lengths = lengths.data(),
                      .image = seen.image.data(),
                      .query = at(saved.query).data(),
                      .keys = seen.keys.value.data(),
                      .values = seen.values.value.data(),
                      .score = w.score.value.data(),
                      .weights = at(saved.weights).data(),
                      .gate = at(saved.gate).data(),
                      .picks = picks_at(saved, s, t),
                      .d_context = d_context.data(),
                      .d_weights = from.weights.defined() ? at(from.weights).data() : nullptr,
                      .d_query = d_query,
                      .d_keys = seen.keys.grad_data(),
                      .d_values = seen.values.grad_data(),
                      .d_score = w.score.wants_grad() ? d.score.data() : nullptr});
    query.multiply(rows, d_query, dh_prev.data(), 1);
    std::swap(dh, dh_prev);
    std::swap(dc, dc_prev);
  }
  initial.hidden.add_grad(dh);
  initial.cell.add_grad(dc);
  return d;
}

}  // namespace

AttentionStates attention_lstm(Tape& tape, const Var& x, const LstmStates& initial,
                               const Ids& lengths, const Annotations& seen,
                               const AttentionLstmWeights& w, bool hard) {
  check_recurrence("attention_lstm", x, initial.hidden, lengths, w.lstm.input, w.lstm.recurrent,
                   w.lstm.bias, 4);
  const Sizes s = sizes_of(x, seen, w);
  check(!initial.cell.value.defined() || initial.cell.shape() == Shape({s.batch, s.hidden}),
        ErrorCode::shape, "attention_lstm: the initial cell is {}, [{},{}] is needed",
        initial.cell.shape(), s.batch, s.hidden);
  const RunningPlaces running(lengths, s.time, s.batch, tape.device());
  const Var gates_x = linear(tape, running.of(tape, x), w.lstm.input, w.lstm.bias);
  const Saved saved = make_saved(tape, s, running, hard);
  start_states(saved.hidden, initial.hidden);
  start_states(saved.cell, initial.cell);
  run_forward(tape, s, gates_x.value, lengths, running, seen, w, saved);

  const auto inputs = {&gates_x, &initial.hidden, &initial.cell, &w.lstm.recurrent, &w.context,
                       &w.query, &w.query_bias,   &w.score,      &seen.keys,        &seen.values};
  const AttentionStates y{tape.output(saved.hidden.rows(1, s.time + 1), inputs),
                          tape.output(saved.context, inputs), tape.output(saved.weights, inputs),
                          saved.picks};
  const auto backward = [&k = tape.kernels(), s, saved, y, gates_x = gates_x.gradient_only(),
                         initial, lengths, running, seen, w, precision = tape.precision()] {
    const auto reached = [](const Var& v) {
      return v.grad->touched() ? v.grad->tensor() : Tensor();
    };
    const Reached from{reached(y.hidden), reached(y.context), reached(y.weights)};
    const StepGradients d =
        run_backward(k, s, saved, lengths, running, seen, w, from, initial, precision);
    const Tensor before = running.of(saved.hidden.rows(0, s.time));
    add_weight_gradient(k, w.lstm.recurrent, before, d.gates, precision);
    add_weight_gradient(k, w.context, running.of(saved.context), d.gates, precision);
    add_weight_gradient(k, w.query, before, d.query, precision);
    add_bias_gradient(k, w.query_bias, d.query);
    add_bias_gradient(k, w.score, d.score);
    gates_x.add_grad(d.gates);
    for (const Var* v : {&y.hidden, &y.context, &y.weights}) v->grad->release();
  };
  // One entry serves all outputs: whichever is unwound first does the work and releases all
  // gradients, so that the others find nothing to do.
  for (const Var* v : {&y.hidden, &y.context, &y.weights}) tape.record(*v, backward);
  return y;
}

}  // namespace p2s
