#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/batcher.h"
#include "data/corpus.h"
#include "models/passage_vectors.h"
#include "models/style.h"

namespace p2s {

// What the decoder is told of, and what it tells then.
struct PassagePair {
  Passage source, target;
};

// Each passage with itself, to retell it; or, `go_on`, with the one that follows it without a gap,
// where there is one. `found` are in the order of the corpus.
std::vector<PassagePair> passage_pairs(const Corpus& corpus, const std::vector<Passage>& found,
                                       bool go_on);

// In words, of the targets.
std::vector<int32_t> lengths_of(const std::vector<PassagePair>& pairs);

// Word ids of the passage's sentences, without <eos>: what the encoder reads.
Sentences passage_sentences(const Corpus& corpus, const Passage& passage);

// All its words in one row, <eos> last: what the decoder tells.
std::vector<int32_t> passage_words(const Corpus& corpus, const Passage& passage);

// "books" for a corpus without genre folders.
std::string genre_name(const std::string& genre);

// The style of a random sample of at most `sample` of these passages. Shows its progress.
Style passage_style(const std::string& name, const PassageEncoder& encoder, const Corpus& corpus,
                    std::vector<Passage> passages, int64_t sample, uint64_t seed);

// The style of texts of word ids. Shows its progress.
Style text_style(const std::string& name, const PassageEncoder& encoder,
                 const std::vector<Sentences>& texts);

}  // namespace p2s
