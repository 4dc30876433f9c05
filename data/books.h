#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace p2s {

// A sentence of a book, in reading order.
struct BookSentence {
  std::string text;
  int32_t section;  // counts up within a book; a chapter heading or a gap starts a new one
  bool starts_paragraph;
};

// Splits a paragraph into sentences: abbreviations ("Mr. Brown"), initials, ellipses, quotes and
// dialogue
// ("'Stop!' he cried." is one sentence) are minded.
std::vector<std::string> split_sentences(const std::string& paragraph);

// Reads one plain-text book in pieces (memory does not grow with the file): joins hard-wrapped
// lines to paragraphs (separated by blank lines, or one line a paragraph), drops Project
// Gutenberg's header and footer and chapter headings, and yields its sentences. Returns false, with
// a reason, for what is not text (NUL bytes, mostly invalid UTF-8, empty). Latin-1 bytes are read
// as such.
struct BookResult {
  bool is_text = true;
  std::string reason;
  int64_t sentences = 0;
};
BookResult read_book(const std::filesystem::path& file,
                     const std::function<void(BookSentence&&)>& yield);

// All regular files under a folder, sorted by relative path; hidden ones skipped. The genre of a
// file is the first folder below `folder` on its way, or "" for a file right in it. Error(io) if
// there is none.
struct BookFile {
  std::filesystem::path path;
  std::string genre;
};
std::vector<BookFile> list_books(const std::filesystem::path& folder);

}  // namespace p2s
