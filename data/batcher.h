#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "data/corpus.h"

namespace p2s {

// Batches of item indices, reshuffled each epoch, items of like length together (so little
// padding). The order is a pure function of (seed, epoch): (epoch, cursor) is the whole state, and
// setting it resumes to the same batches.
class BucketedBatches {
 public:
  BucketedBatches() = default;
  // length(item), of each item in [0, items), is asked for once an epoch. The last, smaller batch
  // of an epoch is kept.
  using Length = std::function<int32_t(int64_t item)>;
  BucketedBatches(int64_t items, Length length, int64_t batch, uint64_t seed);
  BucketedBatches(std::vector<int32_t> lengths, int64_t batch, uint64_t seed);
  // The next batch's item indices; goes on to the next epoch by itself.
  std::vector<int64_t> next();
  int64_t batches_per_epoch() const;
  struct State {
    int64_t epoch = 0, cursor = 0;
  };
  State state() const { return state_; }
  void restore(const State& state);

 private:
  void shuffle();
  int64_t count_ = 0;
  Length length_;
  int64_t batch_ = 1;
  uint64_t seed_ = 0;
  State state_;
  std::vector<int32_t> items_;    // batch after batch, ...
  std::vector<int32_t> batches_;  // ... which come in this order
};

// Middle sentences i whose neighbours i-1, i+1 are of the same section, all three with 1..max_words
// words.
std::vector<int32_t> sentence_triples(const Corpus&, bool validation, int64_t max_words);

// Runs of whole consecutive sentences of one section, with between min_words and max_words words
// together.
struct Passage {
  int64_t first = 0, sentences = 0;  // in the corpus
  int32_t words = 0;
};
std::vector<Passage> passages(const Corpus&, bool validation, int64_t min_words, int64_t max_words);

}  // namespace p2s
