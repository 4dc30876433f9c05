#pragma once

#include <cstdint>
#include <vector>

#include "nn/tensor.h"

namespace p2s {

// A batch of sentences, time-major [T,B] flattened (index t * B + b), padded with -1. Every
// sentence ends with <eos> (id 0) for training.
struct SentenceBatch {
  int64_t time = 0, batch = 0;
  std::vector<int32_t> ids;          // [T,B]
  std::vector<int32_t> lengths;      // [B]
  int64_t tokens() const;            // sum of the lengths
  Ids device_ids(Device) const;      // [T,B]
  Ids device_lengths(Device) const;  // [B]
  // A step later, with -1 (the zero vector) first: what a decoder reads while it predicts `ids`.
  SentenceBatch shifted() const;
  // Each sentence's words from last to first, the padding still behind them.
  SentenceBatch reversed() const;
  // Places of the sentences, the longest first, like lengths as they stood.
  std::vector<int32_t> longest_first() const;
  SentenceBatch ordered(const std::vector<int32_t>& places) const;
};
SentenceBatch pack_sentences(const std::vector<std::vector<int32_t>>& sentences);

}  // namespace p2s
