#include "data/batcher.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "data/shuffle.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

// Items of like length are looked for among this many batches: enough that little is padded, few
// enough that an epoch stays well mixed.
constexpr int64_t kWindowBatches = 50;
constexpr int64_t kMostItems = std::numeric_limits<int32_t>::max();

}  // namespace

BucketedBatches::BucketedBatches(int64_t items, Length length, int64_t batch, uint64_t seed)
    : count_(items), length_(std::move(length)), batch_(batch), seed_(seed) {
  check(batch_ > 0, ErrorCode::usage, "batches: a batch of {} items; at least 1 is needed", batch_);
  check(count_ > 0, ErrorCode::usage, "batches: there are no items to make batches of");
  check(count_ <= kMostItems, ErrorCode::usage, "batches: {} items, at most {} can be", count_,
        kMostItems);
  shuffle();
}

BucketedBatches::BucketedBatches(std::vector<int32_t> lengths, int64_t batch, uint64_t seed) {
  const auto items = int64_t(lengths.size());
  const auto length = [all = std::move(lengths)](int64_t item) { return all[size_t(item)]; };
  *this = BucketedBatches(items, length, batch, seed);
}

void BucketedBatches::shuffle() {
  items_.resize(size_t(count_));
  std::iota(items_.begin(), items_.end(), 0);
  Rng rng(seed_, uint64_t(state_.epoch));
  p2s::shuffle(items_, rng);
  const int64_t window = kWindowBatches * batch_;
  std::vector<std::pair<int32_t, int32_t>> sorted;  // length, item
  for (int64_t begin = 0; begin < count_; begin += window) {
    const auto first = items_.begin() + begin,
               last = items_.begin() + std::min(begin + window, count_);
    sorted.clear();
    for (auto item = first; item != last; ++item) sorted.emplace_back(length_(*item), *item);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::transform(sorted.begin(), sorted.end(), first, [](const auto& s) { return s.second; });
  }
  batches_.resize(size_t(batches_per_epoch()));
  std::iota(batches_.begin(), batches_.end(), 0);
  p2s::shuffle(batches_, rng);
}

std::vector<int64_t> BucketedBatches::next() {
  check(!items_.empty(), ErrorCode::internal, "batches: next() of an empty set");
  if (state_.cursor == batches_per_epoch()) {
    ++state_.epoch;
    state_.cursor = 0;
    shuffle();
  }
  const int64_t begin = batches_[size_t(state_.cursor++)] * batch_;
  const int64_t end = std::min(begin + batch_, count_);
  return {items_.begin() + begin, items_.begin() + end};
}

int64_t BucketedBatches::batches_per_epoch() const { return (count_ + batch_ - 1) / batch_; }

void BucketedBatches::restore(const State& state) {
  check(state.epoch >= 0 && state.cursor >= 0 && state.cursor <= batches_per_epoch(),
        ErrorCode::format,
        "batches: batch {} of epoch {} is outside the {} batches of an epoch; was the run started "
        "with other books or another --batch?",
        state.cursor, state.epoch, batches_per_epoch());
  state_ = state;
  shuffle();
}

namespace {

// f(middle sentence)
template <class F>
void for_each_triple(const Corpus& corpus, bool validation, int64_t max_words, F&& f) {
  const auto fits = [&](int64_t index) {
    const int64_t words = int64_t(corpus.sentence(index).size());
    return words >= 1 && words <= max_words && corpus.validation(index) == validation;
  };
  int64_t run = 0;  // sentences up to here that fit and share a section
  for (int64_t index = 0; index < corpus.sentences(); ++index) {
    if (!fits(index)) {
      run = 0;
      continue;
    }
    const bool follows = run > 0 && corpus.section(index) == corpus.section(index - 1);
    run = follows ? run + 1 : 1;
    if (run >= 3) f(index - 1);
  }
}

}  // namespace

std::vector<int32_t> sentence_triples(const Corpus& corpus, bool validation, int64_t max_words) {
  check(corpus.sentences() <= kMostItems, ErrorCode::usage,
        "books: {} sentences, at most {} can be learned from", corpus.sentences(), kMostItems);
  // Counted first: a vector that grows takes three times as much.
  size_t count = 0;
  for_each_triple(corpus, validation, max_words, [&](int64_t) { ++count; });
  std::vector<int32_t> middles;
  middles.reserve(count);
  for_each_triple(corpus, validation, max_words,
                  [&](int64_t middle) { middles.push_back(int32_t(middle)); });
  return middles;
}

std::vector<Passage> passages(const Corpus& corpus, bool validation, int64_t min_words,
                              int64_t max_words) {
  check(min_words > 0 && min_words <= max_words, ErrorCode::usage,
        "passages: between {} and {} words is no range", min_words, max_words);
  std::vector<Passage> found;
  Passage run;
  const auto finish = [&] {
    if (run.sentences > 0 && run.words >= min_words) found.push_back(run);
    run = {};
  };
  for (int64_t index = 0; index < corpus.sentences(); ++index) {
    const int64_t words = int64_t(corpus.sentence(index).size());
    const bool continues = run.sentences > 0 &&
                           corpus.section(index) == corpus.section(index - 1) &&
                           run.words + words <= max_words;
    if (!continues) finish();
    if (corpus.validation(index) != validation || words > max_words) {
      finish();
      continue;
    }
    if (run.sentences == 0) run.first = index;
    ++run.sentences;
    run.words += int32_t(words);
  }
  finish();
  return found;
}

}  // namespace p2s
