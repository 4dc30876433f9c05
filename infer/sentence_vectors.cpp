#include "infer/sentence_vectors.h"

#include <spdlog/spdlog.h>

#include <unordered_map>
#include <unordered_set>

#include "data/tokenizer.h"
#include "data/vocabulary.h"
#include "data/word_vector_file.h"
#include "infer/unit_rows.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

using WordVectors = std::unordered_map<std::string, std::vector<float>>;

// The vectors of these words, and of these words in lower case.
WordVectors read_vectors(const std::filesystem::path& path,
                         const std::unordered_set<std::string>& wanted, int64_t& dimension) {
  WordVectorFile file(path);
  dimension = file.dimension();
  WordVectors found;
  std::string word;
  for (std::vector<float> vector; file.next(word, vector);) {
    if (wanted.contains(word)) found.emplace(word, vector);
  }
  return found;
}

void add_words(std::unordered_set<std::string>& words, const std::vector<std::string>& sentences) {
  for (const std::string& sentence : sentences) {
    for (const std::string& word : tokenize(sentence)) {
      words.insert(word);
      words.insert(lower_case(word));
    }
  }
}

const std::vector<float>* vector_of(const WordVectors& vectors, const std::string& word) {
  auto found = vectors.find(word);
  if (found == vectors.end()) found = vectors.find(lower_case(word));
  return found == vectors.end() ? nullptr : &found->second;
}

}  // namespace

SentenceVectors encoder_vectors(const std::string& name, std::shared_ptr<const Encoder> encoder) {
  const int64_t size = encoder->size();
  return {name, size, true, [encoder, size](std::span<const std::string> sentences) {
            std::vector<std::string> joined;
            for (const std::string& sentence : sentences) {
              joined.push_back(join_contractions(sentence));
            }
            std::vector<real> rows = encoder->encode(joined).to_host();
            make_unit_rows(rows, size_t(size));
            return rows;
          }};
}

SentenceVectors mean_word_vectors(const std::filesystem::path& file,
                                  const std::vector<SentenceSet>& sets) {
  std::unordered_set<std::string> words;
  for (const SentenceSet& set : sets) {
    add_words(words, set.first);
    add_words(words, set.second);
  }
  int64_t size = 0;
  const auto vectors = std::make_shared<const WordVectors>(read_vectors(file, words, size));
  check(!vectors->empty(), ErrorCode::usage, "{}: not one word of the sentences is in it",
        file.string());
  return {"mean of " + file.stem().string(), size, false,
          [vectors, size](std::span<const std::string> sentences) {
            std::vector<float> rows(sentences.size() * size_t(size), 0);
            for (size_t i = 0; i < sentences.size(); ++i) {
              float* row = rows.data() + i * size_t(size);
              for (const std::string& word : tokenize(sentences[i])) {
                const std::vector<float>* vector = vector_of(*vectors, word);
                if (vector == nullptr) continue;
                for (size_t k = 0; k < size_t(size); ++k) row[k] += (*vector)[k];
              }
            }
            make_unit_rows(rows, size_t(size));
            return rows;
          }};
}

}  // namespace p2s
