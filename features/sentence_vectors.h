#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/vse.h"

namespace p2s {

// Unit vectors [N,E] of sentences that end with <eos>, like lengths computed together.
// `progress(done)` is called after every batch.
Tensor sentence_vectors(const Vse& model, const std::vector<std::vector<int32_t>>& sentences,
                        const std::function<void(int64_t)>& progress = {});

}  // namespace p2s
