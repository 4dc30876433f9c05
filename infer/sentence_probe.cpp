#include "infer/sentence_probe.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include "data/tokenizer.h"
#include "data/vocabulary.h"
#include "metrics/correlation.h"
#include "metrics/probe.h"

namespace p2s {
namespace {

// Each sentence's vector; those that stand there more than once are made once.
class VectorTable {
 public:
  VectorTable(const SentenceVectors& vectors, const SentenceSet& set)
      : size_(size_t(vectors.size)) {
    std::vector<std::string> different;
    for (const auto* part : {&set.first, &set.second}) {
      for (const std::string& sentence : *part) {
        if (rows_.emplace(sentence, different.size()).second) different.push_back(sentence);
      }
    }
    numbers_ = vectors.encode(different);
  }
  const float* operator()(const std::string& sentence) const {
    return numbers_.data() + rows_.at(sentence) * size_;
  }
  size_t size() const { return size_; }

 private:
  size_t size_;
  std::unordered_map<std::string, size_t> rows_;
  std::vector<float> numbers_;
};

// |u - v|, u * v
void add_pair(std::vector<float>& features, const float* u, const float* v, size_t size) {
  for (size_t k = 0; k < size; ++k) features.push_back(std::abs(u[k] - v[k]));
  for (size_t k = 0; k < size; ++k) features.push_back(u[k] * v[k]);
}

double cosine(const float* u, const float* v, size_t size) {
  double sum = 0;
  for (size_t k = 0; k < size; ++k) sum += double(u[k]) * double(v[k]);
  return sum;  // both have length one
}

bool is_number(const std::string& word) {
  return std::any_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<float> features_of(const SentenceSet& set, const VectorTable& table) {
  std::vector<float> features;
  const size_t rows = set.first.size(), size = table.size();
  features.reserve(rows * (set.second.empty() ? size : 2 * size + 6));
  for (size_t i = 0; i < rows; ++i) {
    const float* u = table(set.first[i]);
    if (set.kind == SentenceSet::Kind::classes) {
      features.insert(features.end(), u, u + size);
      continue;
    }
    add_pair(features, u, table(set.second[i]), size);
    if (set.kind == SentenceSet::Kind::paraphrases) {
      const std::vector<float> words = pair_features(set.first[i], set.second[i]);
      features.insert(features.end(), words.begin(), words.end());
    }
  }
  return features;
}

// Pearson's coefficient of the cosine over the rows that are measured on.
double cosine_agreement(const SentenceSet& set, const VectorTable& table) {
  std::vector<double> cosines, answers;
  for (auto i = size_t(set.learned); i < set.first.size(); ++i) {
    cosines.push_back(cosine(table(set.first[i]), table(set.second[i]), table.size()));
    answers.push_back(set.answers[i]);
  }
  return pearson(cosines, answers);
}

}  // namespace

std::vector<float> pair_features(const std::string& a, const std::string& b) {
  std::set<std::string> words[2], numbers[2];
  double lengths[2] = {};
  for (size_t side = 0; side < 2; ++side) {
    for (const std::string& token : tokenize(side == 0 ? a : b)) {
      const std::string word = lower_case(token);
      words[side].insert(word);
      if (is_number(word)) numbers[side].insert(word);
      ++lengths[side];
    }
  }
  const bool same = numbers[0] == numbers[1];
  const auto within = [](const std::set<std::string>& few, const std::set<std::string>& many) {
    return std::includes(many.begin(), many.end(), few.begin(), few.end());
  };
  const bool part = !same && (within(numbers[0], numbers[1]) || within(numbers[1], numbers[0]));
  std::vector<std::string> both;
  std::set_intersection(words[0].begin(), words[0].end(), words[1].begin(), words[1].end(),
                        std::back_inserter(both));
  const auto share = [](double count, double of) { return of > 0 ? float(count / of) : 0.0f; };
  return {same ? 1.0f : 0.0f,
          same && !numbers[0].empty() ? 1.0f : 0.0f,
          part ? 1.0f : 0.0f,
          share(std::min(lengths[0], lengths[1]), std::max(lengths[0], lengths[1])),
          share(double(both.size()), double(words[0].size())),
          share(double(both.size()), double(words[1].size()))};
}

std::vector<SentenceScore> probe_sentences(const SentenceSet& set, const SentenceVectors& vectors) {
  const VectorTable table(vectors, set);
  const std::vector<float> features = features_of(set, table);
  const ProbeData data{features, set.answers, set.learned};
  const auto score = [&](const char* metric, double value) {
    return SentenceScore{set.name, metric, value};
  };
  if (set.kind == SentenceSet::Kind::relatedness) {
    const ProbeResult r = probe_scores(data, set.low, set.high);
    return {score("Pearson", pearson(r.predicted, r.right)),
            score("Spearman", spearman(r.predicted, r.right)),
            score("MSE", mean_squared_error(r.predicted, r.right)),
            score("cosine", cosine_agreement(set, table))};
  }
  const ProbeResult r = probe_classes(data, set.classes);
  const SentenceScore right = score("accuracy", accuracy(r.predicted, r.right));
  if (set.kind == SentenceSet::Kind::classes) return {right};
  return {right, score("F1", f1_score(r.predicted, r.right))};
}

}  // namespace p2s
