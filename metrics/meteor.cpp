#include "metrics/meteor.h"

#include <cmath>
#include <set>
#include <string_view>

#include "metrics/word_alignment.h"

namespace p2s {
namespace {

constexpr double kAlpha = 0.85, kBeta = 0.2, kGamma = 0.6, kDelta = 0.75, kStemWeight = 0.6;

bool function_word(const std::string& word) {
  static const std::set<std::string_view> words = {
      "a",     "about",  "above",   "across", "after",   "against", "all",    "along",  "also",
      "am",    "among",  "an",      "and",    "another", "any",     "are",    "around", "as",
      "at",    "away",   "back",    "be",     "because", "been",    "before", "behind", "being",
      "below", "beside", "between", "both",   "but",     "by",      "can",    "could",  "did",
      "do",    "does",   "down",    "during", "each",    "for",     "from",   "had",    "has",
      "have",  "having", "he",      "her",    "here",    "him",     "his",    "how",    "i",
      "if",    "in",     "inside",  "into",   "is",      "it",      "its",    "just",   "like",
      "many",  "may",    "me",      "more",   "most",    "much",    "my",     "near",   "next",
      "no",    "not",    "of",      "off",    "on",      "one",     "only",   "onto",   "or",
      "other", "our",    "out",     "over",   "she",     "should",  "so",     "some",   "such",
      "than",  "that",   "the",     "their",  "them",    "then",    "there",  "these",  "they",
      "this",  "those",  "through", "to",     "too",     "towards", "toward", "under",  "up",
      "upon",  "us",     "very",    "was",    "we",      "were",    "what",   "when",   "where",
      "which", "while",  "who",     "will",   "with",    "would",   "you",    "your",   "'s",
      "n't",   "'re",    "'ve",     "'ll",    "'d",      "'m"};
  return words.contains(word);
}

double importance(const std::string& word) { return function_word(word) ? 1 - kDelta : kDelta; }

double importance(const Tokens& tokens) {
  double sum = 0;
  for (const std::string& token : tokens) sum += importance(token);
  return sum;
}

// What the formula needs, of one caption or summed over many.
struct Statistics {
  double matched_candidate = 0, matched_reference = 0;  // weighted
  double candidate = 0, reference = 0;                  // all words, weighted
  double matches = 0, chunks = 0;

  void operator+=(const Statistics& other) {
    matched_candidate += other.matched_candidate, matched_reference += other.matched_reference;
    candidate += other.candidate, reference += other.reference;
    matches += other.matches, chunks += other.chunks;
  }

  double score() const {
    if (matches == 0) return 0;
    const double precision = matched_candidate / candidate, recall = matched_reference / reference;
    const double mean = precision * recall / (kAlpha * precision + (1 - kAlpha) * recall);
    return mean * (1 - kGamma * std::pow(chunks / matches, kBeta));
  }
};

Statistics compare(const Tokens& candidate, const Tokens& reference) {
  const WordAlignment alignment = align_words(candidate, reference);
  Statistics s;
  for (const WordMatch& match : alignment.matches) {
    const double weight = match.exact ? 1 : kStemWeight;
    s.matched_candidate += weight * importance(candidate[match.candidate]);
    s.matched_reference += weight * importance(reference[match.reference]);
  }
  s.candidate = importance(candidate), s.reference = importance(reference);
  s.matches = double(alignment.matches.size());
  // One run over all of both is no fragmentation.
  const bool whole = alignment.matches.size() == candidate.size() &&
                     candidate.size() == reference.size() && alignment.chunks == 1;
  s.chunks = whole ? 0 : double(alignment.chunks);
  return s;
}

}  // namespace

double meteor(ScoredCaptions captions) {
  Statistics sum;
  for (const ScoredCaption& caption : captions) {
    Statistics best;
    bool first = true;
    for (const Tokens& reference : caption.references) {
      const Statistics now = compare(caption.candidate, reference);
      if (first || now.score() > best.score()) best = now;
      first = false;
    }
    sum += best;
  }
  return sum.score();
}

}  // namespace p2s
