#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/thought_encoder.h"

namespace p2s {

using Sentence = std::vector<int32_t>;    // word ids, without <eos>
using Sentences = std::vector<Sentence>;  // a passage, or the captions of a photograph

// What a decoder is told of a text: its skip-thought vector (mean over its sentences' vectors,
// encoded without <eos>, not normalised) and its content vector (mean of word vectors over all its
// sentences, in which common words weigh little).
struct PassageVectors {
  Tensor thought;  // [P,H]
  Tensor content;  // [P,D]
};

// [P,H]: of each text the mean vector of its sentences. Texts with no sentence, or sentences with
// no word, give zeros.
Tensor mean_thoughts(const ThoughtEncoder& encoder, const std::vector<Sentences>& texts,
                     Precision precision = Precision::fp32);

// A word of this share of all words weighs half in the content vector: "half", "father".
inline constexpr double kContentFrequency = 5e-4;

class PassageEncoder {
 public:
  // content_words: the vectors [V,D] that content vectors are means of; undefined: the encoder's
  // word table. counts: of the words in the books the encoder's vocabulary comes from, by id.
  PassageEncoder(ThoughtEncoder encoder, const Tensor& content_words,
                 const std::vector<int64_t>& counts, Precision precision = Precision::fp32);
  // Texts with no sentence, or sentences with no word, give zeros.
  PassageVectors operator()(const std::vector<Sentences>& texts) const;
  // One of the two alone: [P,H], and [P,D], which are quick to make.
  Tensor thoughts(const std::vector<Sentences>& texts) const;
  Tensor contents(const std::vector<Sentences>& texts) const;
  const ThoughtEncoder& encoder() const { return encoder_; }
  const Tensor& content_words() const { return content_words_; }
  // Weight of a word in the content vector, by id: a / (a + p), p its share of all words and a =
  // kContentFrequency (SIF; Arora, Liang & Ma 2017); 0 for <eos> and UNK.
  const std::vector<real>& content_weights() const { return content_weights_; }
  // A hash of the encoder's parameters and content weights: styles and decoders made with another
  // one do not mix.
  std::string fingerprint() const;

 private:
  ThoughtEncoder encoder_;
  Tensor content_words_;
  std::vector<real> content_weights_;
  Precision precision_;
};

}  // namespace p2s
