#include "models/passage_vectors.h"

#include <algorithm>
#include <numeric>

#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/optim.h"

namespace p2s {
namespace {

// Sentences encoded at a time: a GPU has room for more.
size_t encode_batch(Device device) { return device == Device::cuda ? 1024 : 128; }

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

// Each row of x [N,C] times its own factor: x * (factors 1^T).
Tensor scaled_rows(const Tensor& x, const std::vector<real>& factors) {
  const int64_t rows = x.shape()[0], columns = x.shape()[1];
  const Tensor scale({rows}, x.device(), factors), ones({columns}, x.device(), real(1));
  const Tensor y(x.shape(), x.device());
  const Kernels& k = x.kernels();
  k.gemm({.m = rows,
          .n = columns,
          .k = 1,
          .a = scale.data(),
          .lda = 1,
          .b = ones.data(),
          .ldb = columns,
          .c = y.data(),
          .ldc = columns});
  k.binary(Binary::multiply, y.elements(), y.elements(), y.data(), x.data(), y.data());
  return y;
}

// Each row divided by its own divisor; rows with divisor 0 come out zero.
Tensor divided_rows(const Tensor& x, const std::vector<double>& divisors) {
  std::vector<real> factors;
  for (double divisor : divisors) factors.push_back(divisor == 0 ? 0 : real(1 / divisor));
  return scaled_rows(x, factors);
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
  const size_t at_once = encode_batch(device);
  for (size_t begin = 0; begin < items.size(); begin += at_once) {
    const size_t end = std::min(items.size(), begin + at_once);
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
  return divided_rows(sums, counts);
}

Tensor PassageEncoder::contents(const std::vector<Sentences>& texts) const {
  const Device device = encoder_.device();
  const int64_t columns = content_words_.shape()[1];
  std::vector<int32_t> words, owners;
  std::vector<real> weights;
  std::vector<double> sums_of_weights(texts.size(), 0);
  for (size_t text = 0; text < texts.size(); ++text) {
    for (const Sentence& sentence : texts[text]) {
      for (int32_t word : sentence) {
        const real weight = content_weights_[size_t(word)];
        if (weight == 0) continue;
        words.push_back(word);
        owners.push_back(int32_t(text));
        weights.push_back(weight);
        sums_of_weights[text] += double(weight);
      }
    }
  }
  const Tensor sums({int64_t(texts.size()), columns}, device, real(0));
  const auto count = int64_t(words.size());
  Tape tape(device);
  const Var rows = gather(tape, content_words_, Ids({count}, device, words));
  tape.kernels().scatter_add_rows(count, columns, Ids({count}, device, owners).data(), 1,
                                  scaled_rows(rows.value, weights).data(), sums.data());
  return divided_rows(sums, sums_of_weights);
}

}  // namespace p2s
