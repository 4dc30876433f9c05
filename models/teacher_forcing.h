#pragma once

#include <cstdint>
#include <vector>

#include "models/sentence_batch.h"
#include "nn/ops.h"

namespace p2s {

// A decoder's states under teacher forcing at the places that hold a word, and these words.
struct TeacherForcing {
  Var states;                    // [N,H]
  std::vector<int32_t> targets;  // [N]
};
// words [V,D]; h0 [B,H]; extra [B,3H] as in gru(); dropout on the words read.
TeacherForcing teacher_forcing(Tape&, const Var& words, const GruWeights&, const Var& h0,
                               const SentenceBatch& sentences, const Var& extra = {},
                               real dropout_rate = 0);

}  // namespace p2s
