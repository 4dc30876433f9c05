#pragma once

#include <vector>

#include "models/output_layer.h"
#include "models/sentence_encoder.h"

namespace p2s {

struct SkipThoughtConfig {
  int64_t vocabulary = 20000, embedding = 620, hidden = 2400;
  bool layer_norm = false;
  OutputConfig output;  // vocabulary and hidden are filled in
};

// A batch of neighbouring sentences, time-major [T,B] flattened (index t * B + b), padded with -1.
// Every sentence ends with <eos> (id 0) for training.
struct SentenceBatch {
  int64_t time = 0, batch = 0;
  std::vector<int32_t> ids;      // [T,B]
  std::vector<int32_t> lengths;  // [B]
  int64_t tokens() const;        // sum of the lengths
};
SentenceBatch pack_sentences(const std::vector<std::vector<int32_t>>& sentences);

// Skip-thought vectors (Kiros et al. 2015): the encoder's last state starts two decoders that
// predict the previous and the next sentence; all three share the word table, both decoders one
// output layer. The first input of a decoder is the zero vector.
struct SkipThought {
  SkipThoughtConfig config;
  SentenceEncoder encoder;
  GruWeights previous, next;
  OutputLayer output;

  SkipThought() = default;
  SkipThought(const SkipThoughtConfig&, Device, Rng&);
  // Mean negative log-likelihood per predicted word (nats), over both decoders.
  Var loss(Tape&, const SentenceBatch& middle, const SentenceBatch& before,
           const SentenceBatch& after) const;

  template <class F>
  void visit(F&& f) {
    f("encoder", encoder), f("previous", previous), f("next", next), f("output", output);
  }
};

}  // namespace p2s
