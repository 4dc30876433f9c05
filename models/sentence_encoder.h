#pragma once

#include <string>

#include "nn/base/rng.h"
#include "nn/ops.h"

namespace p2s {

// A GRU as Kiros starts one: uniform +-0.1 into the gates, orthogonal blocks between states, zero
// biases.
GruWeights make_gru(int64_t input, int64_t hidden, bool layer_norm, Device, Rng&);

// x [T,B,D], lengths [B] -> each sequence's final state [B,H], from zeros.
Var last_state(Tape&, const GruWeights&, const Var& x, const Ids& lengths);

// Words to one vector: word table, GRU, last state. Used by skip-thoughts (Kiros et al. 2015,
// sec. 2.1) and by the visual-semantic embedding.
struct SentenceEncoder {
  Var words;  // [V,D]
  GruWeights gru;

  SentenceEncoder() = default;
  SentenceEncoder(int64_t vocabulary, int64_t embedding, int64_t hidden, bool layer_norm, Device,
                  Rng&);
  int64_t hidden() const { return gru.hidden(); }
  // ids [T,B] time-major, padded with -1 past lengths [B] -> the last states [B,H].
  Var operator()(Tape&, const Ids& ids, const Ids& lengths) const;

  template <class F>
  void visit(F&& f) {
    f("words", words), f("gru", gru);
  }
};

}  // namespace p2s
