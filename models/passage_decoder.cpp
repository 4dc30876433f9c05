#include "models/passage_decoder.h"

#include "models/sentence_encoder.h"
#include "nn/base/error.h"
#include "nn/init.h"

namespace p2s {

PassageDecoder::PassageDecoder(const PassageDecoderConfig& wanted, Device device, Rng& rng)
    : config(wanted) {
  const PassageDecoderConfig& c = config;
  const int64_t told = c.thought + c.content + kGenreSize;
  words = uniform({c.vocabulary, c.embedding}, device, rng, real(0.1));
  genres = uniform({c.genres, kGenreSize}, device, rng, real(0.1));
  start_weight = xavier({told, c.hidden}, device, rng);
  start_bias = zeros({c.hidden}, device);
  step_weight = xavier({told, 3 * c.hidden}, device, rng);
  gru = make_gru(c.embedding, c.hidden, false, device, rng);
  config.output.vocabulary = c.vocabulary;
  config.output.hidden = c.hidden;
  output = OutputLayer(config.output, device, rng);
  config.output = output.config;
}

Var PassageDecoder::condition(Tape& tape, const PassageCondition& told) const {
  const int64_t batch = told.thought.shape()[0];
  check(told.thought.shape() == Shape({batch, config.thought}), ErrorCode::shape,
        "passage decoder: thought vectors are {}, [B,{}] is needed", told.thought.shape(),
        config.thought);
  const bool mixed = told.genre_mix.defined();
  check(!mixed || told.genre_mix.shape() == Shape({batch, config.genres}), ErrorCode::shape,
        "passage decoder: genres mixed are {}, [{},{}] is needed", told.genre_mix.shape(), batch,
        config.genres);
  check(mixed || int64_t(told.genres.size()) == batch, ErrorCode::shape,
        "passage decoder: {} genres for {} passages", told.genres.size(), batch);
  std::vector<Var> parts = {told.thought};
  if (config.content > 0) {
    check(told.content.defined() && told.content.shape() == Shape({batch, config.content}),
          ErrorCode::shape, "passage decoder: content vectors are {}, [{},{}] is needed",
          told.content.shape(), batch, config.content);
    parts.push_back(told.content);
  }
  parts.push_back(mixed ? matmul(tape, told.genre_mix, genres)
                        : embedding(tape, genres, Ids({batch}, tape.device(), told.genres)));
  return concat(tape, parts, -1);
}

Var PassageDecoder::loss(Tape& tape, const SentenceBatch& passages,
                         const PassageCondition& told) const {
  const Var c = condition(tape, told);
  const Var h0 = tanh(tape, linear(tape, c, start_weight, start_bias));
  const Var gates = matmul(tape, c, step_weight);
  const TeacherForcing read =
      teacher_forcing(tape, words, gru, h0, passages, gates, config.dropout);
  const std::vector<real> weights(read.targets.size(), real(1) / real(read.targets.size()));
  return output.loss(tape, dropout(tape, read.states, config.dropout), read.targets, weights);
}

PassageDecoder::State PassageDecoder::start(const PassageCondition& told) const {
  Tape tape(words.value.device());
  const Var c = condition(tape, told);
  return {tanh(tape, linear(tape, c, start_weight, start_bias)).value,
          matmul(tape, c, step_weight).value};
}

void PassageDecoder::pack(Precision precision) {
  packed_input_ = std::make_shared<const PackedWeight>(gru.input.value, false, precision);
  packed_recurrent_ = std::make_shared<const PackedWeight>(gru.recurrent.value, false, precision);
  output.pack(precision);
}

void PassageDecoder::drop_unpacked() {
  if (packed_input_) gru.input.value = {}, gru.recurrent.value = {};
  output.drop_unpacked();
}

Tensor PassageDecoder::step(State& state, const std::vector<int32_t>& previous) const {
  const Device device = words.value.device();
  const int64_t batch = state.hidden.shape()[0];
  Tape tape(device);
  const Var x = embedding(tape, words, Ids({batch}, device, previous));
  const Var product = packed_input_ ? add(tape, packed_input_->multiply(x.value), gru.bias)
                                    : linear(tape, x, gru.input, gru.bias);
  const Var gates_x = add(tape, product, state.gates);
  const Var gates_h = packed_recurrent_ ? Var(packed_recurrent_->multiply(state.hidden))
                                        : matmul(tape, state.hidden, gru.recurrent);
  const Tensor h(state.hidden.shape(), device);
  tape.kernels().gru_step({.batch = batch,
                           .hidden = config.hidden,
                           .gates_x = gates_x.value.data(),
                           .gates_h = gates_h.value.data(),
                           .h_prev = state.hidden.data(),
                           .h = h.data()});
  state.hidden = h;
  return output.log_probabilities(tape, h);
}

}  // namespace p2s
