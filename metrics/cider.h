#pragma once

#include <vector>

#include "metrics/ngrams.h"
#include "metrics/scored_caption.h"

namespace p2s {

// Both of Vedantam, Zitnick & Parikh 2015. An n-gram weighs (its count) * log(images / images whose
// references have it); a caption is the vector of these weights, and
//   plain    10 * mean over n = 1..4 and the references of cosine(candidate, reference), on stems
//   clipped  CIDEr-D: the candidate's counts are clipped to the reference's, and each cosine times
//            exp(-(difference of lengths)^2 / (2 * 6^2)); words as they are. This is the "CIDEr" of
//            COCO's evaluation.
enum class Cider { plain, clipped };

// Scores captions one by one, with the document frequencies of `captions`' references.
class CiderScorer {
 public:
  CiderScorer(ScoredCaptions captions, Cider kind);
  double operator()(const ScoredCaption& caption) const;

 private:
  struct Vector;
  Tokens prepared(const Tokens& tokens) const;
  Vector vector_of(const Tokens& tokens) const;
  double similarity(const Vector& candidate, const Vector& reference) const;
  Cider kind_;
  double log_images_;
  NgramCounts images_with_;
};

// One score a caption; document frequencies are those of these captions' references.
std::vector<double> cider_each(ScoredCaptions captions, Cider kind);
double cider(ScoredCaptions captions, Cider kind);  // their mean

}  // namespace p2s
