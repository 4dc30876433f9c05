#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nn/base/rng.h"
#include "nn/tensor.h"

namespace p2s {

struct SkipGramConfig {
  int64_t size = 300;       // of a vector
  int64_t window = 5;       // at most so many words to each side; a smaller one is drawn each time
  int64_t negatives = 5;    // words drawn against each that was there
  double subsample = 1e-4;  // words of a larger share p are passed over with 1 - sqrt(this / p)
};

// Word vectors that tell which words stand near: skip-gram with negative sampling (Mikolov et al.
// 2013, "Distributed representations of words and phrases"). For a word w, a neighbour c and words
// n drawn by count^(3/4) it raises log sigmoid(v_w . u_c) + sum log sigmoid(-v_w . u_n) by
// stochastic gradient steps on v and u. Word ids 0 and 1 (<eos>, UNK) are passed over.
class SkipGram {
 public:
  // counts: of the words by id.
  SkipGram(const SkipGramConfig& config, const std::vector<int64_t>& counts, uint64_t seed);
  // One pass over a sentence at this rate; the same sentences in the same order give the same bits.
  void learn(std::span<const int32_t> sentence, float rate);
  // Mean of -log sigmoid over what was scored since the last call.
  double take_loss();
  Tensor vectors() const;  // [V,size]

 private:
  int32_t draw_negative();
  void learn_pair(int32_t word, int32_t neighbour, float rate);

  SkipGramConfig config_;
  Rng rng_;
  std::vector<float> words_, contexts_;  // [V,size]: v and u
  std::vector<float> change_;            // of one v, while its neighbour and negatives are scored
  std::vector<float> keep_;              // probability that a word is not passed over
  std::vector<int32_t> negatives_;       // word ids, as often as they are drawn
  std::vector<int32_t> kept_;
  double loss_ = 0;
  int64_t scored_ = 0;
};

}  // namespace p2s
