#pragma once

#include <span>
#include <vector>

#include "metrics/caption_tokens.h"

namespace p2s {

// A caption to be scored, and what people wrote of the same image; at least one reference.
struct ScoredCaption {
  Tokens candidate;
  std::vector<Tokens> references;
};
using ScoredCaptions = std::span<const ScoredCaption>;

}  // namespace p2s
