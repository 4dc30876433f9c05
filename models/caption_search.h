#pragma once

#include <span>
#include <vector>

#include "models/caption_decoder.h"

// Captions of many images side by side, from a CaptionDecoder. Word 0 is <eos>, word 1 (UNK) never
// comes.
namespace p2s {

struct FoundCaption {
  std::vector<int32_t> words;  // without <eos>
  double log_probability = 0;  // of all of them and the <eos>
  double score = 0;            // log_probability / (words + 1)^length_power
};

struct CaptionSearch {
  int64_t beam = 3;  // 1: greedy
  int64_t most_words = 20;
  double length_power = 0.7;  // 0: the likeliest as it is, which favours short ones
  int64_t best = 1;           // captions wanted of each image, at most `beam`
};

// Beam search: each step keeps the `beam` likeliest of all continuations of an image's live
// captions; an image is done when so many have ended, or none is live. What is live at most_words
// counts as ended there. maps [I,L,F] -> of each image its best captions by score, best first.
std::vector<std::vector<FoundCaption>> search_captions(const CaptionDecoder& decoder,
                                                       const Tensor& maps,
                                                       const CaptionSearch& options = {});

// `each` captions drawn of every image, [image * each + i], as ids with <eos> (unless cut off at
// most_words).
std::vector<std::vector<int32_t>> draw_captions(const CaptionDecoder& decoder, const Tensor& maps,
                                                int64_t each, int64_t most_words, Rng& rng);

// One word from log-probabilities [V]; never UNK.
int32_t draw_word(std::span<const real> log_p, Rng& rng);

// Where a captioner looks while it tells these words (and the <eos>) of one image, maps [1,L,F].
struct CaptionLooks {
  std::vector<std::vector<real>> weights;  // of each word, over the places; they sum to 1
  std::vector<real> gates;                 // beta: how much what was seen counted
};
CaptionLooks caption_looks(const CaptionDecoder& decoder, const Tensor& maps,
                           const std::vector<int32_t>& words);

}  // namespace p2s
