#include "models/passage_vectors.h"

#include <algorithm>
#include <numeric>

#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/optim.h"

namespace p2s {
namespace {

constexpr size_t kEncodeBatch = 128;

std::vector<real> content_weights_of(const std::vector<int64_t>& counts) {
  const double total = double(std::accumulate(counts.begin(), counts.end(), int64_t(0)));
  std::vector<real> weights;
  for (int64_t count : counts) {
    weights.push_back(real(kContentFrequency / (kContentFrequency + double(count) / total)));
  }
  // <eos> and UNK say nothing about the content.
  for (size_t i = 0; i < std::min<size_t>(2, weights.size()); ++i) weights[i] = 0;
  return weights;
}

// Divides each row of host numbers [P,C] by its own divisor; rows with divisor 0 stay zero.
void divide_rows(std::vector<real>& rows, int64_t columns, const std::vector<double>& divisors) {
  for (size_t row = 0; row < divisors.size(); ++row) {
    if (divisors[row] == 0) continue;
    for (size_t c = 0; c < size_t(columns); ++c) {
      real& value = rows[row * size_t(columns) + c];
      value = real(double(value) / divisors[row]);
    }
  }
}

}  // namespace

PassageEncoder::PassageEncoder(ThoughtEncoder encoder, const Tensor& content_words,
                               const std::vector<int64_t>& counts, Precision precision)
    : encoder_(std::move(encoder)),
      content_words_(content_words.defined() ? content_words : encoder_.parts.at(0).words.value),
      content_weights_(content_weights_of(counts)),
      precision_(precision) {
  const int64_t words = encoder_.words();
  check(int64_t(counts.size()) == words && content_words_.shape()[0] == words, ErrorCode::format,
        "passage encoder: {} word counts and {} content words for a table of {} words",
        counts.size(), content_words_.shape()[0], words);
}

std::string PassageEncoder::fingerprint() const {
  uint64_t hash = content_hash(content_weights_.data(), content_weights_.size() * sizeof(real));
  const auto add = [&](const Tensor& tensor) {
    const std::vector<real> values = tensor.to_host();
    hash = content_hash(values.data(), values.size() * sizeof(real), hash);
  };
  for (SentenceEncoder part : encoder_.parts) {  // copies share the numbers; visit() may change
    for (const NamedParameter& p : parameters_of(part)) add(p.var.value);
  }
  add(content_words_);
  return fmt::format("{:016x}", hash);
}

PassageVectors PassageEncoder::operator()(const std::vector<Sentences>& texts) const {
  return {thoughts(texts), contents(texts)};
}

Tensor PassageEncoder::thoughts(const std::vector<Sentences>& texts) const {
  return mean_thoughts(encoder_, texts, precision_);
}

Tensor mean_thoughts(const ThoughtEncoder& encoder, const std::vector<Sentences>& texts,
                     Precision precision) {
  struct Item {
    const Sentence* sentence;
    int32_t text;
  };
  std::vector<Item> items;
  std::vector<double> counts(texts.size(), 0);
  for (size_t text = 0; text < texts.size(); ++text) {
    for (const Sentence& sentence : texts[text]) {
      if (sentence.empty()) continue;
      items.push_back({&sentence, int32_t(text)});
      counts[text] += 1;
    }
  }
  // Longest first, like lengths together; the order is fixed, so the sums are too.
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    return a.sentence->size() > b.sentence->size();
  });
  const Device device = encoder.device();
  const Tensor sums({int64_t(texts.size()), encoder.size()}, device, real(0));
  for (size_t begin = 0; begin < items.size(); begin += kEncodeBatch) {
    const size_t end = std::min(items.size(), begin + kEncodeBatch);
    std::vector<Sentence> sentences;
    std::vector<int32_t> owners;
    for (size_t i = begin; i < end; ++i) {
      sentences.push_back(*items[i].sentence);
      owners.push_back(items[i].text);
    }
    const SentenceBatch batch = pack_sentences(sentences);
    Tape tape(device, Tape::Mode::inference, 0, precision);
    const Var states = encoder(tape, batch);
    const Ids rows({batch.batch}, device, owners);
    tape.kernels().scatter_add_rows(batch.batch, encoder.size(), rows.data(), 1,
                                    states.value.data(), sums.data());
  }
  std::vector<real> means = sums.to_host();
  divide_rows(means, encoder.size(), counts);
  return Tensor(sums.shape(), device, means);
}

Tensor PassageEncoder::contents(const std::vector<Sentences>& texts) const {
  const Device device = encoder_.device();
  const int64_t columns = content_words_.shape()[1];
  std::vector<int32_t> words;
  std::vector<size_t> ends;
  for (const Sentences& sentences : texts) {
    for (const Sentence& sentence : sentences) {
      for (int32_t word : sentence) {
        if (content_weights_[size_t(word)] > 0) words.push_back(word);
      }
    }
    ends.push_back(words.size());
  }
  // One row of weights a text times the words' vectors.
  std::vector<real> sums(texts.size() * size_t(columns), 0);
  std::vector<double> weights(texts.size(), 0);
  size_t begin = 0;
  for (size_t text = 0; text < texts.size(); begin = ends[text++]) {
    const size_t count = ends[text] - begin;
    if (count == 0) continue;
    std::vector<real> row;
    for (size_t i = begin; i < ends[text]; ++i) row.push_back(content_weights_[size_t(words[i])]);
    weights[text] = std::accumulate(row.begin(), row.end(), 0.0);
    Tape tape(device);
    const Ids ids({int64_t(count)}, device, std::span(words).subspan(begin, count));
    const Var mean =
        matmul(tape, Tensor({1, int64_t(count)}, device, row), gather(tape, content_words_, ids));
    const std::vector<real> values = mean.value.to_host();
    std::copy(values.begin(), values.end(), sums.begin() + std::ptrdiff_t(text * size_t(columns)));
  }
  divide_rows(sums, columns, weights);
  return Tensor({int64_t(texts.size()), columns}, device, sums);
}

}  // namespace p2s
