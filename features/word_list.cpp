#include "features/word_list.h"

namespace p2s {

WordList word_list(const Vocabulary& vocabulary) {
  return {vocabulary.words(), vocabulary.spellings(), vocabulary.counts()};
}

Vocabulary vocabulary_of(const WordList& words) {
  return Vocabulary(words.words, words.spellings, words.counts);
}

}  // namespace p2s
