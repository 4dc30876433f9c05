#pragma once

#include <vector>

#include "models/captioner.h"
#include "nn/ops/recurrence.h"

namespace p2s {

// A captioner made ready to tell captions word by word: weights packed for many products, the
// words' share of the gates computed once. It refers to the captioner, whose parameters must not
// change meanwhile.
class CaptionDecoder {
 public:
  explicit CaptionDecoder(Captioner model);

  // Rows in any number over the images of start().
  struct State {
    Annotations seen;      // its image: of each row
    Tensor hidden, cell;   // [R,H]
    Tensor weights, gate;  // [R,L], [R]: where the last step looked, and how much
  };
  const CaptionerConfig& config() const { return model_.config; }
  State start(const Tensor& maps) const;  // [I,L,F] -> a row an image
  // The word each row told last, -1 at the start -> log-probabilities of the next [R,V].
  Tensor step(State& state, const std::vector<int32_t>& previous) const;
  // Row i goes on from what was row rows[i]; rows may repeat, vanish, and grow in number.
  void reorder(State& state, const std::vector<int32_t>& rows) const;

 private:
  const Captioner model_;
  Tensor word_gates_;  // [V+1,4H]: E W + b of each word, and of no word
  PackedWeight recurrent_, context_, query_, deep_hidden_, deep_context_, output_;
};

}  // namespace p2s
