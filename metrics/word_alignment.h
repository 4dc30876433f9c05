#pragma once

#include <cstddef>
#include <vector>

#include "metrics/caption_tokens.h"

namespace p2s {

// Which words of a candidate are words of a reference, one to one.
struct WordMatch {
  size_t candidate = 0, reference = 0;  // places
  bool exact = true;                    // else only the stems agree
};
struct WordAlignment {
  std::vector<WordMatch> matches;  // by place in the candidate
  size_t chunks = 0;               // runs of matches that follow each other in both
};

// The alignment with the most matches, among these the one with the fewest chunks, then with the
// least distance between places; found by a beam search (Denkowski & Lavie 2014).
WordAlignment align_words(const Tokens& candidate, const Tokens& reference);

}  // namespace p2s
