#include "models/caption_decoder.h"

#include "nn/base/error.h"

namespace p2s {
namespace {

Tensor gates_of_words(const Captioner& model) {
  const Device device = model.words.value.device();
  Tape tape(device);
  const Var none = Tensor({1, model.config.word}, device, real(0));
  const Var all[] = {Var(model.words.value), none};
  return linear(tape, concat(tape, all, 0), model.lstm.lstm.input, model.lstm.lstm.bias).value;
}

PackedWeight packed(const Var& weight, bool transpose = false) {
  return {weight.value, transpose, Precision::fp32};
}

Tensor rows_of(const Tensor& x, const Ids& rows) {
  Tape tape(x.device());
  return gather(tape, x, rows).value;
}

}  // namespace

CaptionDecoder::CaptionDecoder(Captioner model)
    : model_(std::move(model)),
      word_gates_(gates_of_words(model_)),
      recurrent_(packed(model_.lstm.lstm.recurrent)),
      context_(packed(model_.lstm.context)),
      query_(packed(model_.lstm.query)),
      deep_hidden_(packed(model_.deep_hidden)),
      deep_context_(packed(model_.deep_context)),
      output_(packed(model_.output.weight, true)) {}

CaptionDecoder::State CaptionDecoder::start(const Tensor& maps) const {
  Tape tape(maps.device());
  State state;
  state.seen = model_.annotate(tape, maps);
  const LstmStates initial = model_.initial(tape, state.seen.values);
  state.hidden = initial.hidden.value;
  state.cell = initial.cell.value;
  std::vector<int32_t> images;
  for (int64_t i = 0; i < maps.shape()[0]; ++i) images.push_back(int32_t(i));
  state.seen.image = Ids({int64_t(images.size())}, maps.device(), images);
  return state;
}

void CaptionDecoder::reorder(State& state, const std::vector<int32_t>& rows) const {
  const std::vector<int32_t> before = state.seen.image.to_host();
  std::vector<int32_t> images;
  for (int32_t row : rows) images.push_back(before[size_t(row)]);
  const Ids ids({int64_t(rows.size())}, state.hidden.device(), rows);
  state.hidden = rows_of(state.hidden, ids);
  state.cell = rows_of(state.cell, ids);
  state.seen.image = Ids({int64_t(rows.size())}, state.hidden.device(), images);
}

Tensor CaptionDecoder::step(State& state, const std::vector<int32_t>& previous) const {
  const CaptionerConfig& c = model_.config;
  const int64_t rows = state.hidden.shape()[0];
  check(int64_t(previous.size()) == rows, ErrorCode::shape, "captions: {} words for {} rows",
        previous.size(), rows);
  const Device device = state.hidden.device();
  const Kernels& k = state.hidden.kernels();
  const auto matrix = [&](int64_t columns) { return Tensor({rows, columns}, device); };
  const auto add_row = [&](const Tensor& x, const Var& row) {
    k.binary(Binary::add, x.elements(), row.value.elements(), x.data(), row.value.data(), x.data());
  };

  const Tensor query = matrix(c.attention + 1), context = matrix(c.annotation);
  query_.multiply(rows, state.hidden.data(), query.data(), 0);
  add_row(query, model_.lstm.query_bias);
  state.weights = matrix(c.places);
  state.gate = Tensor({rows}, device);
  k.attention({.rows = rows,
               .images = state.seen.values.shape()[0],
               .places = c.places,
               .size = c.attention,
               .channels = c.annotation,
               .image = state.seen.image.data(),
               .query = query.data(),
               .keys = state.seen.keys.value.data(),
               .values = state.seen.values.value.data(),
               .score = model_.lstm.score.value.data(),
               .weights = state.weights.data(),
               .gate = state.gate.data(),
               .context = context.data()});

  std::vector<int32_t> in_table = previous;
  for (int32_t& id : in_table) id = id < 0 ? int32_t(c.vocabulary) : id;
  const Tensor gates = rows_of(word_gates_, Ids({rows}, device, in_table));
  recurrent_.multiply(rows, state.hidden.data(), gates.data(), 1);
  context_.multiply(rows, context.data(), gates.data(), 1);
  const Tensor hidden = matrix(c.hidden), cell = matrix(c.hidden);
  k.lstm_step({.batch = rows,
               .hidden = c.hidden,
               .gates = gates.data(),
               .h_prev = state.hidden.data(),
               .c_prev = state.cell.data(),
               .h = hidden.data(),
               .c = cell.data()});
  state.hidden = hidden;
  state.cell = cell;

  const Tensor deep = rows_of(model_.words.value, Ids({rows}, device, previous));
  deep_hidden_.multiply(rows, hidden.data(), deep.data(), 1);
  deep_context_.multiply(rows, context.data(), deep.data(), 1);
  add_row(deep, model_.deep_bias);
  k.unary(Unary::tanh, deep.elements(), deep.data(), deep.data());
  const Tensor logits = matrix(c.vocabulary);
  output_.multiply(rows, deep.data(), logits.data(), 0);
  add_row(logits, model_.output.bias);
  const Tensor log_p = matrix(c.vocabulary);
  k.log_softmax(rows, c.vocabulary, logits.data(), log_p.data());
  return log_p;
}

}  // namespace p2s
