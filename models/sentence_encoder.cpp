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
                                 bool layer_norm, Device device, Rng& rng)
    : words(uniform({vocabulary, embedding}, device, rng, real(0.1))),
      gru(make_gru(embedding, hidden, layer_norm, device, rng)) {}

Var SentenceEncoder::operator()(Tape& tape, const Ids& ids, const Ids& lengths) const {
  check(ids.shape().rank() == 2 && ids.shape()[0] > 0, ErrorCode::shape,
        "sentence encoder: ids are {}, [T,B] is needed", ids.shape().text());
  return last_state(tape, gru, embedding(tape, words, ids), lengths);
}

Var last_state(Tape& tape, const GruWeights& gru, const Var& x, const Ids& lengths) {
  const int64_t time = x.shape()[0], batch = x.shape()[1];
  const Var states = p2s::gru(tape, x, {}, lengths, gru);
  return reshape(tape, slice(tape, states, 0, time - 1, time), {batch, gru.hidden()});
}

}  // namespace p2s
