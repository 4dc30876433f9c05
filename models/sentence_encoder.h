#pragma once

#include "models/sentence_batch.h"
#include "nn/base/rng.h"
#include "nn/ops.h"

namespace p2s {

// A GRU as Kiros starts one: uniform +-0.1 into the gates, orthogonal blocks between states, zero
// biases.
GruWeights make_gru(int64_t input, int64_t hidden, bool layer_norm, Device, Rng&);

// x [T,B,D], lengths [B] -> each sequence's final state [B,H], from zeros.
Var last_state(Tape&, const GruWeights&, const Var& x, const Ids& lengths);

// Words to one vector: word table, GRU, last state (Kiros et al. 2015, sec. 2.1: uni-skip; also the
// text side of the visual-semantic embedding). Bi-skip has a second GRU that reads the words from
// last to first, and its last state behind the first one's.
struct SentenceEncoder {
  Var words;                // [V,D]
  GruWeights gru, reverse;  // `reverse` is undefined in uni-skip

  SentenceEncoder() = default;
  // `hidden` is the size of the vector: with both directions each has half of it.
  SentenceEncoder(int64_t vocabulary, int64_t embedding, int64_t hidden, bool layer_norm, Device,
                  Rng&, bool bidirectional = false);
  bool bidirectional() const { return reverse.recurrent.value.defined(); }
  int64_t hidden() const { return gru.hidden() * (bidirectional() ? 2 : 1); }
  Var operator()(Tape&, const SentenceBatch&) const;  // [B,hidden()]

  template <class F>
  void visit(F&& f) {
    f("words", words), f("gru", gru);
    if (bidirectional()) f("reverse", reverse);
  }
};

}  // namespace p2s
