#pragma once

#include <string>
#include <vector>

namespace p2s {

// Texts by their words. Each vector has a number for every stem of the documents,
// (1 + log n) log(D / df) for a stem that comes n times in the text and in df of the D documents
// (0 where it does not come), and length 1 (Salton & Buckley 1988). Words are caption_tokens().
struct TextVectors {
  std::vector<std::vector<float>> documents, queries;
};
TextVectors tf_idf(const std::vector<std::string>& documents,
                   const std::vector<std::string>& queries);

}  // namespace p2s
