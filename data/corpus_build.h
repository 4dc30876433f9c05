#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/corpus.h"

namespace p2s {

// Raise it whenever tokenising, sentence splitting or the choice of the validation part changes:
// older caches are then built anew.
inline constexpr int64_t kCorpusVersion = 3;

struct CorpusBook {
  std::filesystem::path path;
  std::string name;  // relative path
  std::string genre;
};

// The folder's books of the wanted genres. Error(usage) names the genres there are for one that is
// not there.
std::vector<CorpusBook> books_of_genres(const CorpusOptions& options);

// Reads the books twice, several at a time: once to count words, sentences and tokens, once to
// write ids at their places. Files that are no text are skipped with a remark; none usable is
// Error(format).
void build_corpus_cache(const CorpusOptions& options, const std::vector<CorpusBook>& books,
                        const std::filesystem::path& cache);

}  // namespace p2s
