#include "train/book_options.h"

#include "kernels/device.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

CorpusOptions corpus_options(const BookOptions& options) {
  check(!options.folder.empty(), ErrorCode::usage,
        "--corpus is missing: a folder of plain-text books, a sub-folder a genre");
  CorpusOptions corpus;
  corpus.folder = options.folder;
  corpus.genres = options.genres;
  corpus.validation_share = options.validation_share;
  return corpus;
}

// What tokenising took goes back to the system: training takes its place.
Corpus open(const CorpusOptions& options) {
  Corpus corpus = Corpus::open(options);
  kernels(Device::cpu).give_back();
  return corpus;
}

}  // namespace

void add_book_options(CommandLine& line, BookOptions& o) {
  line.path("--corpus", o.folder, "folder of plain-text books, any depth; a sub-folder a genre");
  line.texts("--genre", o.genres, "only books of this genre (sub-folder); may be repeated");
  line.number("--validation-share", o.validation_share, 0, 0.9, "share of the books held out");
  line.whole("--validation-batches", o.validation_batches, 1, 1'000'000'000,
             "batches of held-out text that are scored");
}

Corpus open_corpus(const BookOptions& options, int64_t vocabulary) {
  CorpusOptions corpus = corpus_options(options);
  corpus.vocabulary = vocabulary;
  return open(corpus);
}

Corpus open_corpus(const BookOptions& options, const Vocabulary& given) {
  CorpusOptions corpus = corpus_options(options);
  corpus.given = given;
  return open(corpus);
}

std::string fingerprint(const Corpus& corpus) { return fmt::format("{:016x}", corpus.hash()); }

std::vector<int32_t> with_eos(const Corpus& corpus, int64_t sentence) {
  const auto words = corpus.sentence(sentence);
  std::vector<int32_t> ids(words.begin(), words.end());
  ids.push_back(Vocabulary::kEos);
  return ids;
}

}  // namespace p2s
