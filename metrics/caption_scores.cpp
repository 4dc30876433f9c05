#include "metrics/caption_scores.h"

#include <set>

#include "metrics/bleu.h"
#include "metrics/cider.h"
#include "metrics/diversity.h"
#include "metrics/meteor.h"
#include "metrics/rouge.h"

namespace p2s {

CaptionScores score_captions(ScoredCaptions captions) {
  CaptionScores scores;
  scores.bleu = bleu(captions);
  scores.rouge_l = rouge_l(captions);
  scores.cider = cider(captions, Cider::plain);
  scores.cider_d = cider(captions, Cider::clipped);
  scores.meteor = meteor(captions);

  std::vector<Tokens> texts;
  std::set<std::string> words;
  double length = 0;
  for (const ScoredCaption& caption : captions) {
    texts.push_back(caption.candidate);
    words.insert(caption.candidate.begin(), caption.candidate.end());
    length += double(caption.candidate.size());
  }
  scores.captions = int64_t(texts.size());
  scores.distinct_captions = int64_t(std::set<Tokens>(texts.begin(), texts.end()).size());
  scores.vocabulary = int64_t(words.size());
  scores.mean_length = texts.empty() ? 0 : length / double(texts.size());
  scores.distinct_1 = distinct_ngrams(texts, 1);
  scores.distinct_2 = distinct_ngrams(texts, 2);
  return scores;
}

}  // namespace p2s
