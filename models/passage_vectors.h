#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/sentence_encoder.h"

namespace p2s {

using Sentence = std::vector<int32_t>;    // word ids, without <eos>
using Sentences = std::vector<Sentence>;  // a passage, or the captions of a photograph

// What a decoder is told of a text: its skip-thought vector (mean over its sentences' vectors,
// encoded without <eos>, not normalised) and its content vector (mean of the encoder's word
// vectors, weighted by how rare the words are, over all its sentences).
struct PassageVectors {
  Tensor thought;  // [P,H]
  Tensor content;  // [P,D]
};

class PassageEncoder {
 public:
  // counts: of the words in the books the encoder's vocabulary comes from, by id.
  PassageEncoder(SentenceEncoder encoder, const std::vector<int64_t>& counts,
                 Precision precision = Precision::fp32);
  // Texts with no sentence, or sentences with no word, give zeros.
  PassageVectors operator()(const std::vector<Sentences>& texts) const;
  // The content vectors alone [P,D], which are quick to make.
  Tensor contents(const std::vector<Sentences>& texts) const;
  const SentenceEncoder& encoder() const { return encoder_; }
  // Weight of a word in the content vector: log(all words / its count), 0 for <eos> and UNK.
  const std::vector<real>& rarity() const { return rarity_; }
  // A hash of the encoder's parameters and counts: styles and decoders made with another one do not
  // mix.
  std::string fingerprint() const { return fingerprint_; }

 private:
  Tensor thoughts(const std::vector<Sentences>& texts) const;
  SentenceEncoder encoder_;
  std::vector<real> rarity_;
  Precision precision_;
  std::string fingerprint_;
};

}  // namespace p2s
