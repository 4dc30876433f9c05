#include <doctest/doctest.h>

#include "tests/op_cases/families.h"
#include "tests/op_cases/run_case.h"

// The fused GRU and LSTM against the same equations composed of elementary operations.
namespace p2s {
namespace {

Var columns(Tape& tape, const Var& gates, int64_t part, int64_t hidden) {
  return slice(tape, gates, 1, part * hidden, (part + 1) * hidden);
}

Var step_of(Tape& tape, const Var& x, int64_t t) {
  return reshape(tape, slice(tape, x, 0, t, t + 1), {x.shape()[1], x.shape()[2]});
}

// Keeps `now` for rows that still run at step t and `before` for the others.
Var running(Tape& tape, const Var& now, const Var& before, const Ids& lengths, int64_t t) {
  if (!lengths.defined()) return now;
  std::vector<real> runs, ended;
  for (int32_t length : lengths.to_host()) {
    runs.insert(runs.end(), size_t(now.shape()[1]), t < length ? 1 : 0);
    ended.insert(ended.end(), size_t(now.shape()[1]), t < length ? 0 : 1);
  }
  return add(tape, multiply(tape, now, Tensor(now.shape(), tape.device(), runs)),
             multiply(tape, before, Tensor(now.shape(), tape.device(), ended)));
}

Var stack(Tape& tape, const std::vector<Var>& steps) {
  std::vector<Var> parts;
  for (const Var& step : steps) {
    parts.push_back(reshape(tape, step, {1, step.shape()[0], step.shape()[1]}));
  }
  return concat(tape, parts, 0);
}

Var zero_state(Tape& tape, const Var& x, int64_t hidden) {
  return Tensor({x.shape()[1], hidden}, tape.device(), real(0));
}

// Gates (2H) and candidate (H) normalised apart, where there is a gain.
Var normalised(Tape& tape, const Var& gates, const Var& gain, const Var& bias, int64_t hidden) {
  if (!gain.value.defined()) return gates;
  const auto part = [&](int64_t begin, int64_t end) {
    return layer_norm(tape, slice(tape, gates, 1, begin, end), slice(tape, gain, 0, begin, end),
                      slice(tape, bias, 0, begin, end));
  };
  const Var parts[] = {part(0, 2 * hidden), part(2 * hidden, 3 * hidden)};
  return concat(tape, parts, 1);
}

Var composed_gru(Tape& tape, const Var& x, const Var& h0, const Ids& lengths, const GruWeights& w,
                 const Var& extra) {
  const int64_t H = w.hidden();
  Var h = h0.value.defined() ? h0 : zero_state(tape, x, H);
  std::vector<Var> states;
  for (int64_t t = 0; t < x.shape()[0]; ++t) {
    const Var product = matmul(tape, step_of(tape, x, t), w.input);
    Var gx = add(tape, normalised(tape, product, w.input_gain, w.input_bias, H), w.bias);
    if (extra.value.defined()) gx = add(tape, gx, extra);
    const Var gh =
        normalised(tape, matmul(tape, h, w.recurrent), w.recurrent_gain, w.recurrent_bias, H);
    const auto gate = [&](int64_t part) {
      return sigmoid(tape, add(tape, columns(tape, gx, part, H), columns(tape, gh, part, H)));
    };
    const Var r = gate(0), u = gate(1);
    const Var c =
        tanh(tape, add(tape, columns(tape, gx, 2, H), multiply(tape, r, columns(tape, gh, 2, H))));
    const Var now = add(tape, multiply(tape, u, h), multiply(tape, affine(tape, u, -1, 1), c));
    h = running(tape, now, h, lengths, t);
    states.push_back(h);
  }
  return stack(tape, states);
}

LstmStates composed_lstm(Tape& tape, const Var& x, const LstmStates& initial, const Ids& lengths,
                         const LstmWeights& w) {
  const int64_t H = w.hidden();
  const bool given = initial.hidden.value.defined();
  Var h = given ? initial.hidden : zero_state(tape, x, H);
  Var c = given ? initial.cell : zero_state(tape, x, H);
  std::vector<Var> hidden, cell;
  for (int64_t t = 0; t < x.shape()[0]; ++t) {
    const Var gates =
        add(tape, linear(tape, step_of(tape, x, t), w.input, w.bias), matmul(tape, h, w.recurrent));
    const Var i = sigmoid(tape, columns(tape, gates, 0, H));
    const Var f = sigmoid(tape, columns(tape, gates, 1, H));
    const Var o = sigmoid(tape, columns(tape, gates, 2, H));
    const Var g = tanh(tape, columns(tape, gates, 3, H));
    const Var c_now = add(tape, multiply(tape, f, c), multiply(tape, i, g));
    const Var h_now = multiply(tape, o, tanh(tape, c_now));
    h = running(tape, h_now, h, lengths, t);
    c = running(tape, c_now, c, lengths, t);
    hidden.push_back(h);
    cell.push_back(c);
  }
  return {stack(tape, hidden), stack(tape, cell)};
}

constexpr double kTolerance = 1e-10;

void check_same(const std::vector<OpCase>& fused, const std::vector<OpCase>& composed) {
  REQUIRE(fused.size() == composed.size());
  for (size_t i = 0; i < fused.size(); ++i) {
    INFO(fused[i].name);
    const CaseResult truth = run_case(composed[i], Device::ref);
    const CaseResult result = run_case(fused[i], Device::ref);
    CHECK(largest_difference(truth.value, result.value) <= kTolerance);
    for (size_t k = 0; k < truth.gradients.size(); ++k) {
      INFO("operand ", k);
      CHECK(largest_difference(truth.gradients[k], result.gradients[k]) <= kTolerance);
    }
  }
}

}  // namespace

TEST_CASE("the fused GRU is the composed one") {
  std::vector<OpCase> fused, composed;
  families::add_gru(fused, CaseSizes::test);
  families::add_gru(composed, CaseSizes::test, composed_gru);
  check_same(fused, composed);
}

TEST_CASE("the fused LSTM is the composed one") {
  std::vector<OpCase> fused, composed;
  families::add_lstm(fused, CaseSizes::test);
  families::add_lstm(composed, CaseSizes::test, composed_lstm);
  check_same(fused, composed);
}

}  // namespace p2s
