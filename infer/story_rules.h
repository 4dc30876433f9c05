#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "infer/word_classes.h"
#include "nn/base/real.h"

namespace p2s {

// What a story may look like, whichever search writes it.
struct StoryRules {
  int64_t words = 100;  // from here on the text stops at the next sentence end
  int64_t ngram = 3;    // no run of so many words occurs twice; punctuation does not count. 0: off
  real repetition = 0.6;  // taken off a content word's log-probability for each time it was used
  real ending = 0.15;     // added to those of . ! ? for each word above `words`
  int64_t speech = 50;    // a quotation of so many words closes at its next sentence end

  // <eos> is obeyed from here on, at a sentence end.
  int64_t enough() const { return words - words / 10; }
  // Here the sentence is ended by force.
  int64_t limit() const { return words + words / 2 + 40; }
};

// A story while it is written: which words may come next, and when it is finished. A finished story
// has no UNK, no repeated n-gram, balanced quotes, and ends with a sentence.
class StoryDraft {
 public:
  StoryDraft(const WordClasses& classes, const StoryRules& rules)
      : classes_(&classes), rules_(&rules) {}

  // Changes the log-probabilities [V] of the next word: -infinity where it may not come. Returns
  // false when no word may come: the draft is then finished as it stands.
  bool constrain(std::span<real> log_p) const;
  void add(int32_t id, double log_probability);
  bool finished() const { return finished_; }
  void finish() { finished_ = true; }

  const std::vector<int32_t>& ids() const { return ids_; }  // without <eos>
  int64_t words() const { return int64_t(words_.size()); }
  // Sum over the words written, and <eos> if it came, as the model gave it.
  double log_probability() const { return log_probability_; }
  int64_t steps() const { return steps_; }

 private:
  WordClass last_unquoted() const;
  // After . ! ?, or after the quotes that closed behind one.
  bool at_sentence_end() const;
  int32_t forced() const;
  void block_marks(std::span<real> log_p) const;
  void block_repeats(std::span<real> log_p) const;

  struct Open {
    int32_t mark;
    int64_t since;  // words before it
  };
  const WordClasses* classes_;
  const StoryRules* rules_;
  std::vector<int32_t> ids_, words_;
  std::vector<Open> open_;
  double log_probability_ = 0;
  int64_t steps_ = 0;
  bool finished_ = false;
};

}  // namespace p2s
