#include "metrics/tf_idf.h"

#include <cmath>
#include <map>

#include "metrics/caption_tokens.h"
#include "metrics/porter_stemmer.h"

namespace p2s {
namespace {

using Counts = std::map<std::string, int>;

Counts stems(const std::string& text) {
  Counts counts;
  for (const std::string& token : caption_tokens(text)) ++counts[porter_stem(token)];
  return counts;
}

struct Stem {
  size_t place;
  double weight;  // log(D / df)
};

std::vector<float> vector_of(const Counts& counts, const std::map<std::string, Stem>& known) {
  std::vector<double> numbers(known.size(), 0);
  double square = 0;
  for (const auto& [text, count] : counts) {
    const auto stem = known.find(text);
    if (stem == known.end()) continue;
    const double number = (1 + std::log(double(count))) * stem->second.weight;
    numbers[stem->second.place] = number;
    square += number * number;
  }
  const double scale = square > 0 ? 1 / std::sqrt(square) : 0;
  std::vector<float> unit;
  for (const double number : numbers) unit.push_back(float(number * scale));
  return unit;
}

}  // namespace

TextVectors tf_idf(const std::vector<std::string>& documents,
                   const std::vector<std::string>& queries) {
  std::vector<Counts> counted;
  std::map<std::string, int> holding;  // documents that hold a stem
  for (const std::string& document : documents) {
    counted.push_back(stems(document));
    for (const auto& [text, count] : counted.back()) ++holding[text];
  }
  std::map<std::string, Stem> known;
  for (const auto& [text, count] : holding) {
    known.emplace(text, Stem{known.size(), std::log(double(documents.size()) / count)});
  }
  TextVectors result;
  for (const Counts& counts : counted) result.documents.push_back(vector_of(counts, known));
  for (const std::string& query : queries) {
    result.queries.push_back(vector_of(stems(query), known));
  }
  return result;
}

}  // namespace p2s
