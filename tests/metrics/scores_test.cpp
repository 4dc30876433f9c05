#include <doctest/doctest.h>

#include <cmath>
#include <sstream>

#include "metrics/bleu.h"
#include "metrics/caption_scores.h"
#include "metrics/cider.h"
#include "metrics/diversity.h"
#include "metrics/meteor.h"
#include "metrics/rouge.h"
#include "metrics/word_alignment.h"

// Known values: the examples of the papers, and what other implementations publish as their tests.
namespace p2s {
namespace {

Tokens words(const std::string& text) {
  std::istringstream in(text);
  Tokens tokens;
  for (std::string word; in >> word;) tokens.push_back(word);
  return tokens;
}

ScoredCaption caption(const std::string& candidate, const std::vector<std::string>& references) {
  ScoredCaption result{words(candidate), {}};
  for (const std::string& reference : references) result.references.push_back(words(reference));
  return result;
}

doctest::Approx about(double value) { return doctest::Approx(value).epsilon(1e-5); }

}  // namespace

TEST_CASE("BLEU: the examples of its paper") {
  const ScoredCaption clipped[] = {caption("the the the the the the the",
                                           {"the cat is on the mat", "there is a cat on the mat"})};
  CHECK(bleu(clipped)[0] == about(2.0 / 7));
  const ScoredCaption guide[] = {
      caption("It is a guide to action which ensures that the military always obeys the commands "
              "of the party",
              {"It is a guide to action that ensures that the military will forever heed Party "
               "commands",
               "It is the guiding principle which guarantees the military forces always being "
               "under the command of the Party",
               "It is the practical guide for the army always to heed the directions of the "
               "party"})};
  CHECK(bleu(guide)[0] == about(17.0 / 18));
  CHECK(bleu(guide)[1] == about(std::sqrt(17.0 / 18 * 10 / 17)));
}

TEST_CASE("BLEU and ROUGE-L: nlg-eval's example; a short candidate is punished") {
  const ScoredCaption good[] = {
      caption("this is a good test", {"this is a test", "this is also a test"})};
  const auto scores = bleu(good);
  CHECK(scores[0] == about(0.8));
  CHECK(scores[1] == about(0.632455));
  CHECK(scores[2] == about(0.5108729));
  CHECK(rouge_l(good) == about(0.9070631));
  const ScoredCaption brief[] = {caption("a test", {"this is a test"})};
  CHECK(bleu(brief)[0] == about(std::exp(1 - 2.0)));
}

TEST_CASE("CIDEr-D: aac-metrics' example") {
  const ScoredCaption captions[] = {
      caption("a man is speaking",
              {"a man speaks", "someone speaks",
               "a man is speaking while a bird is chirping in the background"}),
      caption("rain falls", {"rain is falling hard on a surface"})};
  const auto each = cider_each(captions, Cider::clipped);
  CHECK(each[0] == doctest::Approx(1.3641).epsilon(1e-4));
  CHECK(each[1] == doctest::Approx(0.5587).epsilon(1e-4));
  CHECK(cider(captions, Cider::clipped) == doctest::Approx(0.9614).epsilon(1e-4));
  CHECK(bleu(captions)[0] == doctest::Approx(0.4278).epsilon(1e-4));
}

TEST_CASE("CIDEr: on stems, and repeating a good word pays only without the clipping") {
  const ScoredCaption captions[] = {caption("dogs dogs dogs", {"the dog"}),
                                    caption("a cat", {"a cat"})};
  CHECK(cider_each(captions, Cider::plain)[0] > 0);
  CHECK(cider_each(captions, Cider::clipped)[0] == 0);
  const ScoredCaption repeated[] = {caption("dog dog dog", {"dog runs"}),
                                    caption("a cat", {"a cat"})};
  CHECK(cider_each(repeated, Cider::clipped)[0] < cider_each(repeated, Cider::plain)[0] / 2);
}

TEST_CASE("words are aligned with the fewest chunks") {
  const auto alignment =
      align_words(words("the cat sat on the mats"), words("on the mat sat the cat"));
  CHECK(alignment.matches.size() == 6);
  CHECK(alignment.chunks == 3);
  CHECK(!alignment.matches.back().exact);
  // Two places for "a": the one that goes on with "dog" makes one chunk less.
  CHECK(align_words(words("a dog"), words("a cat and a dog")).chunks == 1);
  CHECK(align_words(words("x"), words("y")).matches.empty());
}

TEST_CASE("METEOR: by hand") {
  const ScoredCaption same[] = {caption("a black cat", {"a black cat"})};
  CHECK(meteor(same) == about(1));
  const ScoredCaption none[] = {caption("dog", {"a black cat"})};
  CHECK(meteor(none) == 0);
  // "the" is a function word (0.25), "cat" and "dog" are content (0.75).
  const ScoredCaption half[] = {caption("the dog", {"the cat", "bird"})};
  const double mean = 0.25;  // P = R = 0.25 / 1
  CHECK(meteor(half) == about(mean * (1 - 0.6)));
  const ScoredCaption stem[] = {caption("dogs run", {"dog run"})};
  const double both = (0.6 * 0.75 + 0.75) / 1.5;
  CHECK(meteor(stem) == about(both));
}

TEST_CASE("diversity: different n-grams over all") {
  const std::vector<std::vector<int>> texts = {{1, 2, 1, 2}, {1, 2}};
  CHECK(distinct_ngrams(texts, 1) == doctest::Approx(2.0 / 6));
  CHECK(distinct_ngrams(texts, 2) == doctest::Approx(2.0 / 4));
  CHECK(distinct_ngrams(std::vector<std::vector<int>>{{1}}, 2) == 0);
}

TEST_CASE("all scores of a set of captions") {
  const ScoredCaption captions[] = {caption("a cat", {"a cat sits"}), caption("a cat", {"a dog"})};
  const CaptionScores scores = score_captions(captions);
  CHECK(scores.captions == 2);
  CHECK(scores.distinct_captions == 1);
  CHECK(scores.vocabulary == 2);
  CHECK(scores.mean_length == 2);
  CHECK(scores.distinct_1 == 0.5);
  CHECK(scores.bleu[0] == bleu(captions)[0]);
  CHECK(scores.rouge_l == rouge_l(captions));
  CHECK(scores.cider_d == cider(captions, Cider::clipped));
  CHECK(score_captions({}).captions == 0);
}

}  // namespace p2s
