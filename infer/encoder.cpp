#include "infer/encoder.h"

#include <algorithm>
#include <unordered_map>

#include "data/tokenizer.h"
#include "features/word_list.h"
#include "models/model_files.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

std::string with_hashes(std::string word) {
  for (char& c : word) {
    if (c >= '0' && c <= '9') c = '#';
  }
  return word;
}

}  // namespace

Encoder::Encoder(Vocabulary vocabulary, ThoughtEncoder encoder, WordTable more_words)
    : vocabulary_(std::move(vocabulary)),
      encoder_(std::move(encoder)),
      more_words_(std::move(more_words)) {}

Encoder Encoder::load(const std::filesystem::path& path, Device device) {
  const ModelFileReader file(path);
  const WordList words = read_words(file);
  ThoughtEncoder encoder = read_thought_encoder(file, device);
  check(int64_t(words.words.size()) == encoder.words(), ErrorCode::format,
        "{}: {} words for a table of {}; the file is damaged", path.string(), words.words.size(),
        encoder.words());
  WordTable more;
  const std::filesystem::path table = more_words_of(file);
  if (!table.empty()) {
    more = WordTable(table);
    check(more.dimension() == encoder.word_size(), ErrorCode::format,
          "{}: vectors of {} numbers for an encoder of {}; it belongs to another one, make both "
          "again with p2s-train expand",
          table.string(), more.dimension(), encoder.word_size());
  }
  return {Vocabulary(words.words, words.spellings, words.counts), std::move(encoder),
          std::move(more)};
}

int64_t Encoder::find_more(const std::string& token) const {
  for (const std::string& form : {token, lower_case(token), with_hashes(token)}) {
    const int64_t row = more_words_.find(form);
    if (row >= 0) return row;
  }
  return -1;
}

ThoughtEncoder Encoder::with_more_words(const std::vector<int64_t>& rows) const {
  ThoughtEncoder encoder = encoder_;
  const auto count = int64_t(rows.size()), width = more_words_.dimension();
  std::vector<real> vectors(rows.size() * size_t(width));
  for (size_t i = 0; i < rows.size(); ++i) {
    more_words_.read(rows[i], vectors.data() + i * size_t(width));
  }
  const Tensor all({count, width}, encoder.device(), vectors);
  int64_t column = 0;
  for (SentenceEncoder& part : encoder.parts) {
    const int64_t size = part.words.shape()[1];
    Tape tape(encoder.device());
    const Var both[] = {part.words, slice(tape, Var(all), 1, column, column + size)};
    part.words = Var(concat(tape, both, 0).value);
    column += size;
  }
  return encoder;
}

Tensor Encoder::encode(std::span<const std::string> sentences) const {
  std::vector<Sentences> texts;
  std::vector<int64_t> rows;  // of the table, that these sentences need
  std::unordered_map<int64_t, int32_t> ids;
  for (const std::string& sentence : sentences) {
    Sentence words;
    for (const std::string& token : tokenize(sentence)) {
      int32_t id = vocabulary_.id(token);
      const int64_t row = id == Vocabulary::kUnknown ? find_more(token) : -1;
      if (row >= 0) {
        const auto next = int32_t(vocabulary_.size() + int64_t(rows.size()));
        const auto [known, fresh] = ids.emplace(row, next);
        if (fresh) rows.push_back(row);
        id = known->second;
      }
      words.push_back(id);
    }
    texts.push_back({std::move(words)});
  }
  return mean_thoughts(rows.empty() ? encoder_ : with_more_words(rows), texts);
}

}  // namespace p2s
