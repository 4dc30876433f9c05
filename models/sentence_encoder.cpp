#include "models/sentence_encoder.h"

#include "nn/base/error.h"
#include "nn/init.h"

namespace p2s {

GruWeights make_gru(int64_t input, int64_t hidden, bool layer_norm, Device device, Rng& rng) {
  GruWeights gru;
  gru.input = uniform({input, 3 * hidden}, device, rng, real(0.1));
  gru.recurrent = orthogonal({hidden, 3 * hidden}, device, rng);
  gru.bias = zeros({3 * hidden}, device);
  if (layer_norm) {
    gru.recurrent_gain = ones({3 * hidden}, device);
    gru.recurrent_bias = zeros({3 * hidden}, device);
    gru.input_gain = ones({3 * hidden}, device);
    gru.input_bias = zeros({3 * hidden}, device);
  }
  return gru;
}

SentenceEncoder::SentenceEncoder(int64_t vocabulary, int64_t embedding, int64_t hidden,
                                 bool layer_norm, Device device, Rng& rng, bool bidirectional)
    : words(uniform({vocabulary, embedding}, device, rng, real(0.1))) {
  check(!bidirectional || hidden % 2 == 0, ErrorCode::usage,
        "sentence encoder: a vector of {} numbers cannot be halved between two directions; take "
        "an even size",
        hidden);
  const int64_t each = bidirectional ? hidden / 2 : hidden;
  gru = make_gru(embedding, each, layer_norm, device, rng);
  if (bidirectional) reverse = make_gru(embedding, each, layer_norm, device, rng);
}

Var SentenceEncoder::operator()(Tape& tape, const SentenceBatch& sentences) const {
  const Device device = tape.device();
  const Ids lengths = sentences.device_lengths(device);
  const auto state = [&](const GruWeights& weights, const SentenceBatch& order) {
    return last_state(tape, weights, embedding(tape, words, order.device_ids(device)), lengths);
  };
  const Var forth = state(gru, sentences);
  if (!bidirectional()) return forth;
  const Var both[] = {forth, state(reverse, sentences.reversed())};
  return concat(tape, both, 1);
}

Var last_state(Tape& tape, const GruWeights& gru, const Var& x, const Ids& lengths) {
  const int64_t time = x.shape()[0], batch = x.shape()[1];
  const Var states = p2s::gru(tape, x, {}, lengths, gru);
  return reshape(tape, slice(tape, states, 0, time - 1, time), {batch, gru.hidden()});
}

}  // namespace p2s
