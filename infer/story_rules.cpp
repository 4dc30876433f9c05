#include "infer/story_rules.h"

#include <algorithm>
#include <limits>

namespace p2s {
namespace {

constexpr real kNever = -std::numeric_limits<real>::infinity();

void block(std::span<real> log_p, const std::vector<int32_t>& ids) {
  for (int32_t id : ids) log_p[size_t(id)] = kNever;
}

}  // namespace

// The class of the last entry that is not a closing quote; `pause` where a story begins.
WordClass StoryDraft::last_unquoted() const {
  size_t i = ids_.size();
  while (i > 0 && classes_->of(ids_[i - 1]) == WordClass::closing) --i;
  return i == 0 ? WordClass::pause : classes_->of(ids_[i - 1]);
}

bool StoryDraft::at_sentence_end() const { return last_unquoted() == WordClass::end; }

// The only word that may come, -1 for a free choice.
int32_t StoryDraft::forced() const {
  if (ids_.empty()) return -1;
  const bool done = words() >= rules_->words;
  const bool over = words() >= rules_->limit();
  if (!open_.empty() && at_sentence_end()) {
    const bool long_speech = words() - open_.back().since >= rules_->speech;
    if (done || long_speech) return classes_->partner(open_.back().mark);
  }
  const std::vector<int32_t>& ends = classes_->all(WordClass::end);
  if (over && !ends.empty() && classes_->of(ids_.back()) == WordClass::word) return ends.front();
  return -1;
}

void StoryDraft::block_marks(std::span<real> log_p) const {
  const bool after_opening = !ids_.empty() && classes_->of(ids_.back()) == WordClass::opening;
  block(log_p, classes_->all(WordClass::unfit));
  const bool may_end = open_.empty() && at_sentence_end() && words() >= rules_->enough();
  if (!may_end) block(log_p, classes_->all(WordClass::eos));
  // These stand behind a word, or behind the quote that a word ends: neither ",." nor "!”,".
  if (last_unquoted() != WordClass::word) {
    block(log_p, classes_->all(WordClass::end));
    block(log_p, classes_->all(WordClass::pause));
  }
  for (int32_t mark : classes_->all(WordClass::opening)) {
    const bool inside = std::any_of(open_.begin(), open_.end(),
                                    [&](const Open& open) { return open.mark == mark; });
    if (inside || after_opening || classes_->partner(mark) < 0) log_p[size_t(mark)] = kNever;
  }
  const int32_t closer = open_.empty() || after_opening ? -1 : classes_->partner(open_.back().mark);
  for (int32_t mark : classes_->all(WordClass::closing)) {
    if (mark != closer) log_p[size_t(mark)] = kNever;
  }
}

void StoryDraft::block_repeats(std::span<real> log_p) const {
  if (!ids_.empty() && classes_->of(ids_.back()) == WordClass::word) {
    log_p[size_t(ids_.back())] = kNever;
  }
  for (int32_t word : words_) {
    if (classes_->content(word)) log_p[size_t(word)] -= rules_->repetition;
  }
  const auto n = size_t(std::max<int64_t>(rules_->ngram, 0));
  if (n == 0 || words_.size() < n) return;
  const auto tail = words_.end() - int64_t(n - 1);
  for (size_t i = 0; i + n <= words_.size(); ++i) {
    if (std::equal(tail, words_.end(), words_.begin() + int64_t(i))) {
      log_p[size_t(words_[i + n - 1])] = kNever;
    }
  }
}

bool StoryDraft::constrain(std::span<real> log_p) const {
  if (words() >= rules_->limit() && classes_->all(WordClass::end).empty()) return false;
  const int32_t only = forced();
  if (only >= 0) {
    std::fill(log_p.begin(), log_p.end(), kNever);
    log_p[size_t(only)] = 0;
    return true;
  }
  block_marks(log_p);
  block_repeats(log_p);
  const int64_t above = words() - rules_->words;
  if (above > 0) {
    for (int32_t id : classes_->all(WordClass::end))
      log_p[size_t(id)] += real(above) * rules_->ending;
  }
  return std::any_of(log_p.begin(), log_p.end(), [](real p) { return p > kNever; });
}

void StoryDraft::add(int32_t id, double log_probability) {
  log_probability_ += log_probability;
  ++steps_;
  const WordClass c = classes_->of(id);
  if (c == WordClass::eos) {
    finished_ = true;
    return;
  }
  ids_.push_back(id);
  if (c == WordClass::word) words_.push_back(id);
  if (c == WordClass::opening) open_.push_back({id, words()});
  if (c == WordClass::closing && !open_.empty()) open_.pop_back();
  finished_ = open_.empty() && at_sentence_end() && words() >= rules_->words;
}

}  // namespace p2s
