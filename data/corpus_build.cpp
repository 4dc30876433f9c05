#include "data/corpus_build.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <exception>
#include <fstream>
#include <map>
#include <mutex>

#include "data/books.h"
#include "data/corpus_cache.h"
#include "data/tokenizer.h"
#include "nn/base/error.h"
#include "nn/base/parallel.h"

namespace p2s {
namespace {

// Books counted at a time; their word counts are then merged in order, so that the vocabulary does
// not depend on the number of threads.
constexpr size_t kBooksAtOnce = 32;

struct BookCounts {
  BookResult result;
  int64_t sentences = 0, tokens = 0;
  std::vector<int64_t> section_starts;  // sentences
  int64_t validation_from = 0;  // the first validation sentence; `sentences` if there is none
  // Where the book begins in the corpus.
  int64_t first_sentence = 0, first_token = 0, first_section = 0;
  int32_t index = -1;  // among the books that are used
};

// Calls read(index) for books [begin, end) on all threads; the first error is thrown again here.
void for_books(size_t begin, size_t end, const std::function<void(size_t)>& read) {
  std::exception_ptr error;
  std::mutex mutex;
  parallel_for(int64_t(end - begin), 1, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; ++i) {
      try {
        read(begin + size_t(i));
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
      }
    }
  });
  if (error) std::rethrow_exception(error);
}

BookCounts count_book(const CorpusBook& book, VocabularyBuilder* words) {
  BookCounts counts;
  int32_t section = -1;
  counts.result = read_book(book.path, [&](BookSentence&& sentence) {
    const auto tokens = tokenize(sentence.text);
    if (words != nullptr) words->add(tokens);
    if (sentence.section != section) counts.section_starts.push_back(counts.sentences);
    section = sentence.section;
    ++counts.sentences;
    counts.tokens += int64_t(tokens.size());
  });
  return counts;
}

std::vector<BookCounts> count_books(const std::vector<CorpusBook>& books,
                                    VocabularyBuilder* words) {
  std::vector<BookCounts> counts(books.size());
  for (size_t begin = 0; begin < books.size(); begin += kBooksAtOnce) {
    const size_t end = std::min(begin + kBooksAtOnce, books.size());
    std::vector<VocabularyBuilder> builders(words != nullptr ? end - begin : 0);
    for_books(begin, end, [&](size_t i) {
      counts[i] = count_book(books[i], words != nullptr ? &builders[i - begin] : nullptr);
    });
    for (const VocabularyBuilder& builder : builders) words->merge(builder);
  }
  return counts;
}

// The last sections of a genre's only book, at least `share` of it. A book of one section is cut
// inside it.
int64_t last_part(const BookCounts& book, double share) {
  const auto wanted = int64_t(std::floor(double(book.sentences) * (1 - share)));
  int64_t from = 0;
  for (const int64_t start : book.section_starts) {
    if (start <= wanted) from = start;
  }
  return from > 0 ? from : std::max<int64_t>(wanted, 1);
}

void choose_validation(const std::vector<CorpusBook>& books, double share,
                       std::vector<BookCounts>& counts) {
  std::map<std::string, std::vector<size_t>> by_genre;
  for (size_t i = 0; i < books.size(); ++i) {
    counts[i].validation_from = counts[i].sentences;
    if (counts[i].index >= 0) by_genre[books[i].genre].push_back(i);
  }
  if (share <= 0) return;
  for (auto& [genre, members] : by_genre) {
    if (members.size() == 1) {
      BookCounts& only = counts[members[0]];
      only.validation_from = last_part(only, share);
      continue;
    }
    std::sort(members.begin(), members.end(), [&](size_t a, size_t b) {
      const auto hash = [&](size_t i) {
        return content_hash(books[i].name.data(), books[i].name.size());
      };
      return hash(a) < hash(b);
    });
    const auto wanted = int64_t(std::lround(share * double(members.size())));
    const auto chosen = std::clamp<int64_t>(wanted, 1, int64_t(members.size()) - 1);
    for (int64_t i = 0; i < chosen; ++i) counts[members[size_t(i)]].validation_from = 0;
  }
}

// One array of the cache file, written through a small buffer from a place of its own.
template <class T>
class ArrayWriter {
 public:
  ArrayWriter(const fs::path& file, int64_t offset, int64_t index)
      : file_(file), out_(file, std::ios::binary | std::ios::in | std::ios::out) {
    out_.seekp(offset + index * int64_t(sizeof(T)));
  }
  void add(T value) { buffer_.push_back(value); }
  void add(const std::vector<T>& values) {
    buffer_.insert(buffer_.end(), values.begin(), values.end());
    if (buffer_.size() * sizeof(T) > (size_t(1) << 16)) flush();
  }
  void flush() {
    errno = 0;
    out_.write(reinterpret_cast<const char*>(buffer_.data()),
               std::streamsize(buffer_.size() * sizeof(T)));
    check(bool(out_.flush()), ErrorCode::io,
          "{}: cannot write: {}; set P2S_CACHE to a place with room", file_.string(),
          std::strerror(errno));
    buffer_.clear();
  }

 private:
  const fs::path& file_;
  std::ofstream out_;
  std::vector<T> buffer_;
};

void write_book(const CorpusBook& book, const BookCounts& counts, const CorpusHeader& header,
                const fs::path& file) {
  const CorpusLayout& layout = header.layout;
  ArrayWriter<int64_t> offsets(file, layout.offsets, counts.first_sentence + 1);
  ArrayWriter<int32_t> ids(file, layout.ids, counts.first_token);
  ArrayWriter<int32_t> sections(file, layout.sections, counts.first_sentence);
  ArrayWriter<int32_t> books(file, layout.books, counts.first_sentence);
  ArrayWriter<uint8_t> validation(file, layout.validation, counts.first_sentence);
  int64_t sentence_count = 0, token = counts.first_token;
  const bool cut = counts.validation_from > 0;
  const auto require_same = [&](bool same) {
    check(same, ErrorCode::io, "{}: changed while it was being read; start again",
          book.path.string());
  };
  read_book(book.path, [&](BookSentence&& sentence) {
    const auto tokens = header.vocabulary.ids(tokenize(sentence.text));
    token += int64_t(tokens.size());
    require_same(sentence_count < counts.sentences && token <= counts.first_token + counts.tokens);
    const bool in_validation = sentence_count >= counts.validation_from;
    ids.add(tokens);
    offsets.add(token);
    // The cut between training and validation starts a section as well.
    sections.add(int32_t(counts.first_section + sentence.section + (cut && in_validation)));
    books.add(counts.index);
    validation.add(in_validation);
    ++sentence_count;
  });
  require_same(sentence_count == counts.sentences && token == counts.first_token + counts.tokens);
  ids.flush();
  offsets.flush();
  sections.flush();
  books.flush();
  validation.flush();
}

// Gives every usable book its place; fills in the header but for the vocabulary.
void lay_out(const std::vector<CorpusBook>& books, std::vector<BookCounts>& counts,
             CorpusHeader& header) {
  for (size_t i = 0; i < books.size(); ++i) {
    BookCounts& book = counts[i];
    const bool usable = book.result.is_text && book.sentences > 0;
    if (!usable) {
      header.remarks.push_back(fmt::format(
          "{}: {}; skipped", books[i].path.string(),
          book.result.is_text ? "has no sentences besides headings" : book.result.reason));
      continue;
    }
    if (!book.result.reason.empty()) {
      header.remarks.push_back(fmt::format("{}: {}", books[i].path.string(), book.result.reason));
    }
    book.index = int32_t(header.books.size());
    book.first_sentence = header.layout.sentences;
    book.first_token = header.layout.tokens;
    header.books.push_back(books[i].name);
    header.genres.push_back(books[i].genre);
    header.layout.sentences += book.sentences;
    header.layout.tokens += book.tokens;
  }
  const std::vector<std::string> genre_of_book = header.genres;
  std::sort(header.genres.begin(), header.genres.end());
  header.genres.erase(std::unique(header.genres.begin(), header.genres.end()), header.genres.end());
  for (const std::string& genre : genre_of_book) {
    const auto at = std::lower_bound(header.genres.begin(), header.genres.end(), genre);
    header.genre_of_book.push_back(int32_t(at - header.genres.begin()));
  }
}

void number_sections(std::vector<BookCounts>& counts) {
  int64_t next = 0;
  for (BookCounts& book : counts) {
    book.first_section = next;
    next += int64_t(book.section_starts.size()) + 1;
  }
}

}  // namespace

std::vector<CorpusBook> books_of_genres(const CorpusOptions& options) {
  std::vector<CorpusBook> books;
  std::vector<std::string> genres;
  for (const BookFile& file : list_books(options.folder)) {
    genres.push_back(file.genre);
    const auto& wanted = options.genres;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), file.genre) == wanted.end()) {
      continue;
    }
    books.push_back(
        {file.path, file.path.lexically_relative(options.folder).generic_string(), file.genre});
  }
  std::sort(genres.begin(), genres.end());
  genres.erase(std::unique(genres.begin(), genres.end()), genres.end());
  for (const std::string& genre : options.genres) {
    check(std::binary_search(genres.begin(), genres.end(), genre), ErrorCode::usage,
          "{}: has no genre '{}'; it has: {}", options.folder.string(), genre,
          fmt::join(genres, ", "));
  }
  return books;
}

void build_corpus_cache(const CorpusOptions& options, const std::vector<CorpusBook>& books,
                        const fs::path& cache) {
  spdlog::info("{}: reading {} books", options.folder.string(), books.size());
  VocabularyBuilder words;
  auto counts = count_books(books, options.given ? nullptr : &words);
  CorpusHeader header;
  lay_out(books, counts, header);
  if (header.books.empty()) {
    fail(ErrorCode::format, "{}: none of its {} files is a usable book; the first: {}",
         options.folder.string(), books.size(), header.remarks.front());
  }
  header.vocabulary = options.given ? *options.given : words.build(options.vocabulary);
  choose_validation(books, options.validation_share, counts);
  number_sections(counts);
  write_corpus_cache(cache, header, [&](const fs::path& file) {
    ArrayWriter<int64_t> first(file, header.layout.offsets, 0);
    first.add(0);
    first.flush();
    for_books(0, books.size(), [&](size_t i) {
      if (counts[i].index >= 0) write_book(books[i], counts[i], header, file);
    });
  });
  spdlog::info("{}: {} sentences, {} tokens of {} books, {} words", options.folder.string(),
               header.layout.sentences, header.layout.tokens, header.books.size(),
               header.vocabulary.size());
}

}  // namespace p2s
