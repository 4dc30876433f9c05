#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nn/base/real.h"

namespace p2s {

struct RetrievedCaption {
  std::string text;
  real score = 0;
};

// The `count` captions that score best, best first; one that says nearly the same as a better one
// (see near_duplicates) is passed over. Fewer than `count` only when there are no more.
std::vector<RetrievedCaption> nearest_captions(const std::vector<std::string>& captions,
                                               const std::vector<real>& scores, int64_t count);

// At least 0.7 of the words of both together are in both (Jaccard), case and punctuation aside.
bool near_duplicates(const std::string& a, const std::string& b);

}  // namespace p2s
