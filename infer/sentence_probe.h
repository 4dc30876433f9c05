#pragma once

#include <string>
#include <vector>

#include "data/sentence_sets.h"
#include "infer/sentence_vectors.h"

namespace p2s {

// One figure of one set: "MSRP" "F1" 0.82, measured on "test".
struct SentenceScore {
  std::string set, metric;
  double value = 0;
};

// What a logistic regression can tell from the vectors u, v of a set's sentences, as Kiros et al.
// (2015) have it (metrics/probe.h):
//   classes      from u: accuracy
//   paraphrases  from |u - v|, u * v and six features of the words (pair_features): accuracy, F1
//   relatedness  from |u - v|, u * v: Pearson, Spearman, mean squared error; and without any
//                learning Pearson's coefficient of the cosine ("cosine")
std::vector<SentenceScore> probe_sentences(const SentenceSet& set, const SentenceVectors& vectors);

// Of two sentences (Socher et al. 2011, sec. 4.2): both have the same numbers or none; the same
// numbers and at least one; one's numbers are some of the other's; the ratio of their lengths in
// words, the shorter over the longer; the share of either's words that the other has.
std::vector<float> pair_features(const std::string& a, const std::string& b);

}  // namespace p2s
