#pragma once

#include <vector>

#include "models/output_layer.h"
#include "models/sentence_encoder.h"

namespace p2s {

struct SkipThoughtConfig {
  int64_t vocabulary = 20000, embedding = 620, hidden = 2400;
  bool layer_norm = false;
  OutputConfig output = {};  // vocabulary and hidden are filled in
};

// A batch of neighbouring sentences, time-major [T,B] flattened (index t * B + b), padded with -1.
// Every sentence ends with <eos> (id 0) for training.
struct SentenceBatch {
  int64_t time = 0, batch = 0;
  std::vector<int32_t> ids;          // [T,B]
  std::vector<int32_t> lengths;      // [B]
  int64_t tokens() const;            // sum of the lengths
  Ids device_ids(Device) const;      // [T,B]
  Ids device_lengths(Device) const;  // [B]
  // A step later, with -1 (the zero vector) first: what a decoder reads while it predicts `ids`.
  SentenceBatch shifted() const;
};
SentenceBatch pack_sentences(const std::vector<std::vector<int32_t>>& sentences);

// A decoder's states under teacher forcing at the places that hold a word, and these words.
struct TeacherForcing {
  Var states;                    // [N,H]
  std::vector<int32_t> targets;  // [N]
};
// words [V,D]; h0 [B,H]; extra [B,3H] as in gru(); dropout on the words read.
TeacherForcing teacher_forcing(Tape&, const Var& words, const GruWeights&, const Var& h0,
                               const SentenceBatch& sentences, const Var& extra = {},
                               real dropout_rate = 0);

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
