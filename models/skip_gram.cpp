#include "models/skip_gram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/functors.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

// <eos> and UNK stand before the first word.
constexpr size_t kFirstWord = 2;
constexpr size_t kDraws = size_t(1) << 22;

float dot(const float* a, const float* b, int64_t n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

void add_scaled(float scale, const float* x, float* y, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) y[i] += scale * x[i];
}

// Every word as often as count^(3/4) asks for among kDraws.
std::vector<int32_t> draw_table(const std::vector<int64_t>& counts) {
  double total = 0;
  for (size_t w = kFirstWord; w < counts.size(); ++w) total += std::pow(double(counts[w]), 0.75);
  std::vector<int32_t> table;
  double sum = 0;
  for (size_t w = kFirstWord; w < counts.size(); ++w) {
    sum += std::pow(double(counts[w]), 0.75);
    const auto end = size_t(std::llround(sum / total * double(kDraws)));
    table.resize(std::max(table.size(), end), int32_t(w));
  }
  return table;
}

}  // namespace

SkipGram::SkipGram(const SkipGramConfig& config, const std::vector<int64_t>& counts, uint64_t seed)
    : config_(config),
      rng_(seed),
      words_(counts.size() * size_t(config.size)),
      contexts_(words_.size(), 0),
      change_(size_t(config.size)),
      negatives_(draw_table(counts)) {
  check(!negatives_.empty(), ErrorCode::usage, "skip-gram: no word was counted");
  for (float& value : words_) value = (rng_.uniform() - 0.5f) / float(config.size);
  const auto total = double(std::accumulate(counts.begin(), counts.end(), int64_t(0)));
  for (int64_t count : counts) {
    const double share = std::max(double(count), 1.0) / total;
    keep_.push_back(float(std::min(1.0, std::sqrt(config.subsample / share))));
  }
}

int32_t SkipGram::draw_negative() { return negatives_[rng_.next() % negatives_.size()]; }

void SkipGram::learn_pair(int32_t word, int32_t neighbour, float rate) {
  const int64_t n = config_.size;
  float* v = words_.data() + int64_t(word) * n;
  std::fill(change_.begin(), change_.end(), 0.0f);
  for (int64_t k = 0; k <= config_.negatives; ++k) {
    const int32_t other = k == 0 ? neighbour : draw_negative();
    if (k > 0 && other == neighbour) continue;
    float* u = contexts_.data() + int64_t(other) * n;
    const float sign = k == 0 ? 1.0f : -1.0f;
    const float right = functor::sigmoid(sign * dot(v, u, n));
    loss_ -= double(functor::log(std::max(right, 1e-7f)));
    ++scored_;
    const float step = rate * sign * (1 - right);
    add_scaled(step, u, change_.data(), n);
    add_scaled(step, v, u, n);
  }
  add_scaled(1, change_.data(), v, n);
}

void SkipGram::learn(std::span<const int32_t> sentence, float rate) {
  kept_.clear();
  for (int32_t word : sentence) {
    if (size_t(word) >= kFirstWord && rng_.uniform() < keep_[size_t(word)]) kept_.push_back(word);
  }
  const auto count = int64_t(kept_.size());
  for (int64_t i = 0; i < count; ++i) {
    const int64_t reach = 1 + int64_t(rng_.next() % uint32_t(config_.window));
    const int64_t end = std::min(count, i + reach + 1);
    for (int64_t j = std::max<int64_t>(0, i - reach); j < end; ++j) {
      if (j != i) learn_pair(kept_[size_t(i)], kept_[size_t(j)], rate);
    }
  }
}

double SkipGram::take_loss() {
  const double mean = scored_ > 0 ? loss_ / double(scored_) : 0;
  loss_ = 0, scored_ = 0;
  return mean;
}

Tensor SkipGram::vectors() const {
  const std::vector<real> values(words_.begin(), words_.end());
  return Tensor({int64_t(words_.size()) / config_.size, config_.size}, Device::cpu, values);
}

}  // namespace p2s
