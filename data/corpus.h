#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/vocabulary.h"
#include "nn/base/files.h"

namespace p2s {

struct CorpusOptions {
  std::filesystem::path folder;     // of plain-text books, any depth
  std::vector<std::string> genres;  // only these first-level folders; empty: all
  int64_t vocabulary = 20000;       // used when `given` is empty
  std::optional<Vocabulary> given;  // tokenise with this vocabulary instead of counting one
  double validation_share =
      0.03;                     // of the books, chosen by a hash of their names; at least one book
  std::filesystem::path cache;  // empty: cache_folder()
};

// Tokenised books, memory-mapped from a cache file that is keyed by the files' content, the
// tokenizer's version and the vocabulary; built on first use, streaming. Memory stays flat whatever
// the size. With a single book its last sections are the validation part.
class Corpus {
 public:
  static Corpus open(const CorpusOptions& options);

  const Vocabulary& vocabulary() const { return vocabulary_; }
  const std::vector<std::string>& genres() const { return genres_; }  // sorted
  const std::vector<std::string>& books() const { return books_; }    // relative paths
  int64_t sentences() const { return int64_t(offsets_.size()) - 1; }
  int64_t tokens() const { return offsets_.back(); }
  // Ids of one sentence, without <eos>.
  std::span<const int32_t> sentence(int64_t index) const;
  // Sentences with the same section follow each other in one chapter of one book; unique in the
  // corpus.
  int32_t section(int64_t index) const { return sections_[size_t(index)]; }
  int32_t book(int64_t index) const { return book_of_[size_t(index)]; }
  int32_t genre(int64_t index) const { return genre_of_book_[size_t(book(index))]; }
  bool validation(int64_t index) const { return validation_[size_t(index)] != 0; }
  uint64_t hash() const { return hash_; }  // of the cache's key

 private:
  Vocabulary vocabulary_;
  std::vector<std::string> genres_, books_;
  std::vector<int32_t> genre_of_book_;
  MappedFile file_;
  std::span<const int64_t> offsets_;
  std::span<const int32_t> tokens_, sections_, book_of_;
  std::span<const uint8_t> validation_;
  uint64_t hash_ = 0;
};

}  // namespace p2s
