#include "train/passage_data.h"

#include <algorithm>

#include "nn/base/progress.h"
#include "nn/base/rng.h"
#include "nn/base/signals.h"

namespace p2s {

std::vector<PassagePair> passage_pairs(const Corpus& corpus, const std::vector<Passage>& found,
                                       bool go_on) {
  std::vector<PassagePair> pairs;
  for (size_t i = 0; i < found.size(); ++i) {
    if (!go_on) {
      pairs.push_back({found[i], found[i]});
      continue;
    }
    const bool follows = i > 0 && found[i].first == found[i - 1].first + found[i - 1].sentences &&
                         corpus.section(found[i].first) == corpus.section(found[i - 1].first);
    if (follows) pairs.push_back({found[i - 1], found[i]});
  }
  return pairs;
}

std::vector<int32_t> lengths_of(const std::vector<PassagePair>& pairs) {
  std::vector<int32_t> lengths;
  for (const PassagePair& pair : pairs) lengths.push_back(pair.target.words);
  return lengths;
}

Sentences passage_sentences(const Corpus& corpus, const Passage& passage) {
  Sentences sentences;
  for (int64_t i = passage.first; i < passage.first + passage.sentences; ++i) {
    const auto words = corpus.sentence(i);
    sentences.emplace_back(words.begin(), words.end());
  }
  return sentences;
}

std::vector<int32_t> passage_words(const Corpus& corpus, const Passage& passage) {
  std::vector<int32_t> ids;
  for (int64_t i = passage.first; i < passage.first + passage.sentences; ++i) {
    const auto words = corpus.sentence(i);
    ids.insert(ids.end(), words.begin(), words.end());
  }
  ids.push_back(Vocabulary::kEos);
  return ids;
}

std::string genre_name(const std::string& genre) { return genre.empty() ? "books" : genre; }

Style passage_style(const std::string& name, const PassageEncoder& encoder, const Corpus& corpus,
                    std::vector<Passage> passages, int64_t sample, uint64_t seed) {
  Rng rng(seed);
  const size_t count = std::min(passages.size(), size_t(sample));
  std::vector<Sentences> texts;
  for (size_t i = 0; i < count; ++i) {
    std::swap(passages[i], passages[i + rng.below(passages.size() - i)]);
    texts.push_back(passage_sentences(corpus, passages[i]));
  }
  return text_style(name, encoder, texts);
}

Style text_style(const std::string& name, const PassageEncoder& encoder,
                 const std::vector<Sentences>& texts) {
  constexpr size_t kTexts = 64;
  StyleAccumulator style;
  Progress progress("style " + name, int64_t(texts.size()));
  for (size_t begin = 0; begin < texts.size(); begin += kTexts) {
    throw_if_stopped();
    const size_t end = std::min(texts.size(), begin + kTexts);
    style.add(
        encoder({texts.begin() + std::ptrdiff_t(begin), texts.begin() + std::ptrdiff_t(end)}));
    progress.update(int64_t(end));
  }
  return style.finish(name, encoder.fingerprint());
}

}  // namespace p2s
