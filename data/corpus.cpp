#include "data/corpus.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "data/corpus_build.h"
#include "data/corpus_cache.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

uint64_t add_to_hash(uint64_t hash, std::string_view text) {
  return content_hash(text.data(), text.size(), hash);
}

template <class Number>
uint64_t add_number(uint64_t hash, Number number) {
  return content_hash(&number, sizeof number, hash);
}

uint64_t key_of(const CorpusOptions& options, const std::vector<CorpusBook>& books,
                FileHashes& hashes) {
  uint64_t key = add_number(0, kCorpusVersion);
  key =
      options.given ? add_number(key, options.given->hash()) : add_number(key, options.vocabulary);
  key = add_number(key, options.validation_share);
  for (const CorpusBook& book : books) {
    key = add_to_hash(key, book.name);
    key = add_number(key, hashes.of(book.path));
  }
  return key;
}

// True if the cache is there and whole.
bool find_cache(const fs::path& path, CorpusHeader& header) {
  try {
    return read_corpus_cache(path, header);
  } catch (const Error& error) {
    spdlog::warn("{}; building it again", error.what());
    return false;
  }
}

template <class T>
std::span<const T> array_at(const MappedFile& file, int64_t offset, int64_t count) {
  return {reinterpret_cast<const T*>(file.bytes().data() + offset), size_t(count)};
}

}  // namespace

Corpus Corpus::open(const CorpusOptions& options) {
  const std::vector<CorpusBook> books = books_of_genres(options);
  const fs::path folder = options.cache.empty() ? cache_folder() : options.cache;
  std::error_code error;
  fs::create_directories(folder, error);
  check(!error, ErrorCode::io, "{}: cannot create the cache folder: {}", folder.string(),
        error.message());
  FileHashes hashes(folder / "file-hashes.txt");
  Corpus corpus;
  corpus.hash_ = key_of(options, books, hashes);
  hashes.save();
  const fs::path path = folder / fmt::format("corpus-{:016x}.bin", corpus.hash_);
  CorpusHeader header;
  if (!find_cache(path, header)) {
    build_corpus_cache(options, books, path);
    header = {};
    check(read_corpus_cache(path, header), ErrorCode::io, "{}: vanished after it was written",
          path.string());
  }
  for (const std::string& remark : header.remarks) spdlog::warn("{}", remark);
  corpus.vocabulary_ = std::move(header.vocabulary);
  corpus.genres_ = std::move(header.genres);
  corpus.books_ = std::move(header.books);
  corpus.genre_of_book_ = std::move(header.genre_of_book);
  corpus.file_ = MappedFile(path);
  const CorpusLayout& layout = header.layout;
  corpus.offsets_ = array_at<int64_t>(corpus.file_, layout.offsets, layout.sentences + 1);
  corpus.tokens_ = array_at<int32_t>(corpus.file_, layout.ids, layout.tokens);
  corpus.sections_ = array_at<int32_t>(corpus.file_, layout.sections, layout.sentences);
  corpus.book_of_ = array_at<int32_t>(corpus.file_, layout.books, layout.sentences);
  corpus.validation_ = array_at<uint8_t>(corpus.file_, layout.validation, layout.sentences);
  return corpus;
}

std::span<const int32_t> Corpus::sentence(int64_t index) const {
  const int64_t begin = offsets_[size_t(index)], end = offsets_[size_t(index) + 1];
  return tokens_.subspan(size_t(begin), size_t(end - begin));
}

}  // namespace p2s
