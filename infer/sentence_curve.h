#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/line_chart.h"
#include "infer/sentence_probe.h"

namespace p2s {

// One way to make vectors, with its figures of all sets.
struct SentenceColumn {
  std::string name;
  int64_t size = 0;
  bool encoder = true;  // or the mean of word vectors
  std::vector<SentenceScore> scores;
};

// The first figure of every set, times 100, over encoders that are points of one training: against
// the number that an encoder is named by ("3000"), or else their order. Where the mean of word
// vectors stands among the columns, what the encoders have above the first of it.
LineChart sentence_curve(std::span<const SentenceColumn> columns);

}  // namespace p2s
