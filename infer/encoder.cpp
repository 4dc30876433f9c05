#include "infer/encoder.h"

#include "data/tokenizer.h"
#include "models/model_files.h"

namespace p2s {

Encoder Encoder::load(const std::filesystem::path& path, Device device) {
  const ModelFileReader file(path);
  const WordList words = read_words(file);
  return {Vocabulary(words.words, words.spellings, words.counts),
          read_passage_encoder(file, device)};
}

Tensor Encoder::encode(std::span<const std::string> sentences) const {
  std::vector<Sentences> texts;
  for (const std::string& sentence : sentences) {
    texts.push_back({vocabulary_.ids(tokenize(sentence))});
  }
  return encoder_.thoughts(texts);
}

}  // namespace p2s
