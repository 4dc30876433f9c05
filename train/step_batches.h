#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "data/batcher.h"

namespace p2s {

// The batch of any step, counted from 0: a function of the seed and the step, quick when steps
// follow each other.
class StepBatches {
 public:
  StepBatches(int64_t items, BucketedBatches::Length length, int64_t batch, int64_t seed)
      : batches_(items, std::move(length), batch, uint64_t(seed)) {}
  StepBatches(std::vector<int32_t> lengths, int64_t batch, int64_t seed)
      : batches_(std::move(lengths), batch, uint64_t(seed)) {}
  std::vector<int64_t> at(int64_t step) {
    if (step != next_) {
      const int64_t each = batches_.batches_per_epoch();
      batches_.restore({step / each, step % each});
    }
    next_ = step + 1;
    return batches_.next();
  }
  int64_t per_epoch() const { return batches_.batches_per_epoch(); }

 private:
  BucketedBatches batches_;
  int64_t next_ = 0;
};

}  // namespace p2s
