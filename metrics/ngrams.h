#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "metrics/caption_tokens.h"

namespace p2s {

// The n-grams of a caption with how often each occurs, as their tokens joined by blanks.
using NgramCounts = std::unordered_map<std::string, int64_t>;
NgramCounts ngram_counts(const Tokens& tokens, size_t n);

inline constexpr size_t kLongestNgram = 4;

}  // namespace p2s
