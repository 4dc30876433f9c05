#pragma once

#include <span>

namespace p2s {

// What was published of skip-thoughts: SICK, MSRP and TREC on their tests, the others by
// cross-validation. uni, bi and combine are of Kiros et al. 2015, tables 1 to 3; layer_norm is
// uni-skip with layer normalisation (Ba et al. 2016, table 3, a million steps). 0: not reported.
struct PublishedScore {
  const char *set, *metric;
  double uni, bi, combine, layer_norm;
};
std::span<const PublishedScore> published_sentence_scores();

}  // namespace p2s
