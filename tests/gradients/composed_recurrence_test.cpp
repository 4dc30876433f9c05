#include <doctest/doctest.h>

#include "tests/op_cases/families.h"
#include "tests/op_cases/run_case.h"

// The fused recurrences against the same equations composed of elementary operations.
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

// One row's look at the places of an image, composed; rows past their length see nothing.
struct Look {
  Var context, weights;
};
Look look(Tape& tape, const Var& query, const Var& keys, const Var& values, const Var& score) {
  const int64_t places = keys.shape()[0], size = keys.shape()[1];
  const Var asked = reshape(tape, slice(tape, query, 1, 0, size), {size});
  const Var e = matmul(tape, tanh(tape, add(tape, keys, asked)), reshape(tape, score, {size, 1}));
  const Var weights = softmax(tape, reshape(tape, e, {1, places}));
  const Var gate = sigmoid(tape, slice(tape, query, 1, size, size + 1));
  return {matmul(tape, gate, matmul(tape, weights, values)), weights};
}

AttentionStates composed_attention(Tape& tape, const Var& x, const LstmStates& initial,
                                   const Ids& lengths, const Annotations& seen,
                                   const AttentionLstmWeights& w, bool) {
  const int64_t H = w.lstm.hidden(), steps = x.shape()[0], batch = x.shape()[1];
  const bool given = initial.hidden.value.defined();
  Var h = given ? initial.hidden : zero_state(tape, x, H);
  Var c = given ? initial.cell : zero_state(tape, x, H);
  const std::vector<int32_t> ends =
      lengths.defined() ? lengths.to_host() : std::vector<int32_t>(size_t(batch), int32_t(steps));
  const auto of_image = [&](const Var& v, int64_t row) {
    const int64_t i = seen.image.defined() ? seen.image.to_host()[size_t(row)] : row;
    return reshape(tape, slice(tape, v, 0, i, i + 1), {v.shape()[1], v.shape()[2]});
  };
  std::vector<Var> hidden, context, weights;
  for (int64_t t = 0; t < steps; ++t) {
    const Var query = add(tape, matmul(tape, h, w.query), w.query_bias);
    std::vector<Var> contexts, shares;
    for (int64_t row = 0; row < batch; ++row) {
      Look seen_now = look(tape, slice(tape, query, 0, row, row + 1), of_image(seen.keys, row),
                           of_image(seen.values, row), w.score);
      const real runs = t < ends[size_t(row)] ? 1 : 0;
      contexts.push_back(affine(tape, seen_now.context, runs));
      shares.push_back(affine(tape, seen_now.weights, runs));
    }
    context.push_back(concat(tape, contexts, 0));
    weights.push_back(concat(tape, shares, 0));
    const Var extra = matmul(tape, context.back(), w.context);
    const Var gates = add(tape, linear(tape, step_of(tape, x, t), w.lstm.input, w.lstm.bias),
                          add(tape, matmul(tape, h, w.lstm.recurrent), extra));
    const auto part = [&](int64_t p) { return columns(tape, gates, p, H); };
    const Var c_now = add(tape, multiply(tape, sigmoid(tape, part(1)), c),
                          multiply(tape, sigmoid(tape, part(0)), tanh(tape, part(3))));
    const Var h_now = multiply(tape, sigmoid(tape, part(2)), tanh(tape, c_now));
    h = running(tape, h_now, h, lengths, t);
    c = running(tape, c_now, c, lengths, t);
    hidden.push_back(h);
  }
  return {stack(tape, hidden), stack(tape, context), stack(tape, weights), {}};
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

TEST_CASE("the LSTM with attention is the composed one") {
  std::vector<OpCase> fused, composed;
  families::add_attention(fused, CaseSizes::test);
  families::add_attention(composed, CaseSizes::test, composed_attention);
  // A draw of places is not composed of other operations.
  const auto hard = [](const OpCase& c) { return c.name.find(", hard") != c.name.npos; };
  std::erase_if(fused, hard);
  std::erase_if(composed, hard);
  check_same(fused, composed);
}

}  // namespace p2s
