#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace p2s {

// Words by falling frequency (ties in alphabetical order). Words are compared in lower case. Id 0
// is <eos>, 1 is UNK. For every word the vocabulary keeps its usual spelling inside a sentence
// ("london" -> "London"), so that text can be written as people write it.
class Vocabulary {
 public:
  static constexpr int32_t kEos = 0, kUnknown = 1;

  Vocabulary() = default;
  // Words with id 0 and 1 included; `spellings` and `counts` in the same order.
  Vocabulary(std::vector<std::string> words, std::vector<std::string> spellings,
             std::vector<int64_t> counts);

  int64_t size() const { return int64_t(words_.size()); }
  int32_t id(std::string_view token) const;  // kUnknown when it is none of ours; any case
  const std::string& word(int32_t id) const { return words_[size_t(id)]; }
  const std::string& spelling(int32_t id) const { return spellings_[size_t(id)]; }
  int64_t count(int32_t id) const { return counts_[size_t(id)]; }
  const std::vector<std::string>& words() const { return words_; }
  const std::vector<std::string>& spellings() const { return spellings_; }
  const std::vector<int64_t>& counts() const { return counts_; }
  std::vector<int32_t> ids(const std::vector<std::string>& tokens) const;
  uint64_t hash() const;

 private:
  std::vector<std::string> words_, spellings_;
  std::vector<int64_t> counts_;
  std::unordered_map<std::string, int32_t> index_;
};

// Counts tokens as they stream by, then keeps the most frequent. Memory is bounded: beyond
// `most_forms` spellings the rarest are forgotten, which touches no frequent word's rank.
class VocabularyBuilder {
 public:
  explicit VocabularyBuilder(size_t most_forms = 1'500'000) : most_forms_(most_forms) {}

  // The tokens of one sentence. A capital that the place demands (first word, after a stop or an
  // opening quote, a title before a name) does not count as the word's spelling, nor do capitals in
  // a shouted sentence.
  void add(const std::vector<std::string>& tokens);
  // Adds another builder's counts (of another book, counted beside this one).
  void merge(const VocabularyBuilder& other);
  // At most `limit` words, <eos> and UNK included, each seen at least `minimum` times. Fewer words
  // than the limit is fine; none at all is Error(format). A word's spelling is its most frequent
  // one; all capitals only with a majority of its own.
  Vocabulary build(int64_t limit, int64_t minimum = 1) const;

 private:
  struct Count {
    int64_t total = 0;
    int64_t inside = 0;  // where the place demands no capital
  };
  void forget_rare();
  size_t most_forms_;
  std::unordered_map<std::string, Count> counts_;  // by spelling
};

// Lower case by Unicode; invalid UTF-8 is left as it is.
std::string lower_case(std::string_view text);

}  // namespace p2s
