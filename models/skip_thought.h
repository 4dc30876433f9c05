#pragma once

#include "models/output_layer.h"
#include "models/sentence_encoder.h"
#include "models/teacher_forcing.h"

namespace p2s {

struct SkipThoughtConfig {
  int64_t vocabulary = 20000, embedding = 620;
  int64_t hidden = 2400;        // size of the sentence's vector and of the decoders' states
  bool layer_norm = false;      // in all recurrences (Ba et al. 2016)
  bool bidirectional = false;   // bi-skip: encoders of hidden / 2 over the words forth and back
  bool conditional = false;     // the vector also reaches the decoders' gates at every step
  bool separate_words = false;  // the decoders read words from a table of their own
  // How much a word counts in the loss where it stands in the previous, the next, and the encoded
  // sentence itself; a decoder whose weight is 0 is left out.
  double previous = 1, next = 1, itself = 0;
  OutputConfig output = {};  // vocabulary and hidden are filled in
};

// Three sentences that follow each other, a row each.
struct Neighbours {
  SentenceBatch before, middle, after;
};

// A GRU that starts as the encoded sentence's vector h and predicts a sentence word by word. With a
// condition, h C_r, h C_z and h C are added to its gates and candidate at every step (Kiros et al.
// 2015, sec. 2.1).
struct ThoughtDecoder {
  GruWeights gru;
  Var condition;  // [H,3H], the columns in the order of the gates; undefined: none

  template <class F>
  void visit(F&& f) {
    f("gru", gru);
    if (condition.value.defined()) f("condition", condition);
  }
};

// Skip-thought vectors (Kiros et al. 2015): the encoder's vector starts decoders that predict the
// previous and the next sentence; they share one output layer, and the word table with the encoder.
// The first input of a decoder is the zero vector.
struct SkipThought {
  SkipThoughtConfig config;
  SentenceEncoder encoder;
  Var decoder_words;  // [V,D]; undefined: the encoder's
  ThoughtDecoder previous, next, itself;
  OutputLayer output;

  SkipThought() = default;
  SkipThought(const SkipThoughtConfig&, Device, Rng&);
  // Mean negative log-likelihood (nats) of a predicted word, weighted as the configuration says.
  Var loss(Tape&, const Neighbours&) const;
  // The sum of the weights that this mean is over; with the usual weights the number of words.
  double loss_weight(const Neighbours&) const;

  template <class F>
  void visit(F&& f) {
    f("encoder", encoder);
    if (decoder_words.value.defined()) f("decoder_words", decoder_words);
    if (config.previous > 0) f("previous", previous);
    if (config.next > 0) f("next", next);
    if (config.itself > 0) f("itself", itself);
    f("output", output);
  }
};

}  // namespace p2s
