#pragma once

#include <vector>

#include "models/sentence_encoder.h"

namespace p2s {

// A trained skip-thought encoder as all others use it: uni-skip or bi-skip alone, or combine-skip,
// whose vector is both parts' side by side, each L2-normalised (Kiros et al. 2015, sec. 3). The
// parts know the same words.
struct ThoughtEncoder {
  std::vector<SentenceEncoder> parts;

  int64_t size() const;       // of a vector
  int64_t words() const;      // in the vocabulary
  int64_t word_size() const;  // of the parts' word vectors together
  Device device() const;
  Var operator()(Tape&, const SentenceBatch&) const;  // [B,size()]
};

}  // namespace p2s
