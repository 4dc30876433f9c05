#include "models/vse.h"

#include <cmath>

#include "nn/base/error.h"
#include "nn/init.h"

namespace p2s {

Vse::Vse(const VseConfig& c, Device device, Rng& rng)
    : config(c),
      image_weight(xavier({c.features, c.embedding}, device, rng)),
      image_bias(zeros({c.embedding}, device)),
      sentence(c.vocabulary, c.word, c.embedding, false, device, rng) {}

Var Vse::embed_images(Tape& tape, const Var& features) const {
  // Brought to a mean square of one a feature: beside unit vectors the bias would learn so much
  // faster than the weights that all photographs first collapse to one point.
  const Var scaled =
      affine(tape, l2_normalize(tape, features), std::sqrt(real(features.shape().columns())));
  const Var dropped = dropout(tape, scaled, config.dropout);
  return l2_normalize(tape, linear(tape, dropped, image_weight, image_bias));
}

Var Vse::embed_sentences(Tape& tape, const SentenceBatch& batch) const {
  const Var words = embedding(tape, sentence.words, batch.device_ids(tape.device()));
  const Var state = last_state(tape, sentence.gru, dropout(tape, words, config.dropout),
                               batch.device_lengths(tape.device()));
  return l2_normalize(tape, state);
}

Var Vse::loss(Tape& tape, const Var& features, const SentenceBatch& captions, bool hardest) const {
  check(features.shape()[0] == captions.batch, ErrorCode::shape, "vse: {} images for {} captions",
        features.shape()[0], captions.batch);
  const Var scores =
      matmul(tape, embed_images(tape, features), embed_sentences(tape, captions), Transpose::b);
  return affine(tape, ranking_hinge(tape, scores, config.margin, hardest),
                real(1) / real(captions.batch));
}

}  // namespace p2s
