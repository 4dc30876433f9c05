#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "train/loop.h"

namespace p2s {

// A fixed random part of the held-out items, in batches of like length: the first `batches` of one
// shuffled epoch.
std::vector<std::vector<int64_t>> held_out_batches(std::vector<int32_t> lengths, int64_t batch,
                                                   int64_t batches);

// The mean loss per word over `batches` batches, and its exponential, the perplexity; lower is
// better. `loss_of(tape, i)` gives the mean loss of the i-th batch and its number of words.
Validation perplexity(Device device, size_t batches,
                      const std::function<StepLoss(Tape&, size_t)>& loss_of);

}  // namespace p2s
