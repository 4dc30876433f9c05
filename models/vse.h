#pragma once

#include "models/sentence_batch.h"
#include "models/sentence_encoder.h"
#include "nn/ops.h"

namespace p2s {

struct VseConfig {
  int64_t vocabulary = 0, word = 300, embedding = 1024, features = 1280;
  real margin = real(0.2);
  real dropout = 0;  // on image features and on word vectors
};

// Visual-semantic embedding (Kiros et al. 2014; VSE++, Faghri et al. 2018): v = |W sqrt(F) |f| +
// b|, s = |GRU(words)|, score = v . s, |.| being L2 normalisation.
struct Vse {
  VseConfig config;
  Var image_weight, image_bias;  // [F,E], [E]
  SentenceEncoder sentence;

  Vse() = default;
  Vse(const VseConfig&, Device, Rng&);
  Var embed_images(Tape&, const Var& features) const;            // [B,F] -> [B,E], unit rows
  Var embed_sentences(Tape&, const SentenceBatch& batch) const;  // -> [B,E], unit rows
  // Mean over the batch of the ranking hinge.
  Var loss(Tape&, const Var& features, const SentenceBatch& captions, bool hardest) const;

  template <class F>
  void visit(F&& f) {
    f("image_weight", image_weight), f("image_bias", image_bias), f("sentence", sentence);
  }
};

}  // namespace p2s
