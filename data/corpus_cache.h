#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "data/vocabulary.h"

namespace p2s {

// The file a Corpus is mapped from: magic, the header's size, a JSON header, five arrays (each
// aligned to 64 bytes), and an XXH3-64 of all bytes before it.
struct CorpusLayout {
  int64_t sentences = 0, tokens = 0;
  // Byte offsets in the file.
  int64_t offsets = 0;     // int64 x (sentences + 1): where a sentence's tokens begin
  int64_t ids = 0;         // int32 x tokens
  int64_t sections = 0;    // int32 x sentences
  int64_t books = 0;       // int32 x sentences
  int64_t validation = 0;  // uint8 x sentences
  int64_t end = 0;         // the checksum
};

struct CorpusHeader {
  std::vector<std::string> genres, books;
  std::vector<int32_t> genre_of_book;
  std::vector<std::string> remarks;  // on files that were skipped or are odd, one line each
  Vocabulary vocabulary;
  CorpusLayout layout;  // filled in when written or read
};

// Writes whole or not at all: `fill` gets the file, of its full size, with the header in it, and
// writes the arrays at the layout's places.
void write_corpus_cache(const std::filesystem::path& path, CorpusHeader& header,
                        const std::function<void(const std::filesystem::path&)>& fill);

// False if there is no such file; Error(format) says how it is damaged.
bool read_corpus_cache(const std::filesystem::path& path, CorpusHeader& header);

// Content hashes of files that did not change since they were last seen (by size and time), so that
// a second start need not read gigabytes. A lost or damaged index only costs time.
class FileHashes {
 public:
  explicit FileHashes(std::filesystem::path index);
  uint64_t of(const std::filesystem::path& file);
  // Keeps what was learned.
  void save() const;

 private:
  struct Seen {
    int64_t size = 0, time = 0;
    uint64_t hash = 0;
  };
  std::filesystem::path index_;
  std::unordered_map<std::string, Seen> seen_;
  bool changed_ = false;
};

}  // namespace p2s
