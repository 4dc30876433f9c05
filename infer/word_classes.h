#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace p2s {

// What a vocabulary's entry is to someone who writes a story.
enum class WordClass : uint8_t {
  word,     // has a letter or a digit
  end,      // . ! ?
  pause,    // , ; : ... --
  opening,  // “ ‘ (
  closing,  // ” ’ )
  eos,      // id 0
  unfit,    // UNK and marks that no story needs
};

// The classes of all words, by id, in the tokenizer's spelling (data/tokenizer.h).
class WordClasses {
 public:
  // Words with an id of at least `content_from` (ids are by falling frequency) are content words.
  explicit WordClasses(const std::vector<std::string>& words, int32_t content_from = 150);

  int64_t size() const { return int64_t(classes_.size()); }
  WordClass of(int32_t id) const { return classes_[size_t(id)]; }
  bool content(int32_t id) const { return id >= content_from_ && of(id) == WordClass::word; }
  const std::vector<int32_t>& all(WordClass c) const { return lists_[size_t(c)]; }
  // The closing mark of an opening one, -1 when the vocabulary has none.
  int32_t partner(int32_t opening) const;

 private:
  int32_t content_from_;
  std::vector<WordClass> classes_;
  std::vector<std::vector<int32_t>> lists_;  // of all classes but `word`
  std::vector<std::pair<int32_t, int32_t>> partners_;
};

}  // namespace p2s
