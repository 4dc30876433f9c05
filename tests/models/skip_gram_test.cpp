#include "models/skip_gram.h"

#include <doctest/doctest.h>

#include <cmath>

#include "nn/base/error.h"

namespace p2s {
namespace {

// Words 2 and 3 stand beside 6, words 4 and 5 beside 7; a pair never meets itself.
std::vector<std::vector<int32_t>> sentences() {
  std::vector<std::vector<int32_t>> all;
  Rng rng(3);
  for (int i = 0; i < 2000; ++i) {
    const auto word = int32_t(2 + rng.below(4));
    all.push_back({word, word < 4 ? 6 : 7, 1});
  }
  return all;
}

struct Learned {
  std::vector<real> vectors;
  double first_loss = 0, last_loss = 0;
};

Learned learn(uint64_t seed) {
  SkipGram model({.size = 8, .window = 2, .negatives = 3, .subsample = 1},
                 {0, 2000, 500, 500, 500, 500, 1000, 1000}, seed);
  Learned result;
  for (int epoch = 0; epoch < 4; ++epoch) {
    for (const auto& sentence : sentences()) model.learn(sentence, 0.1f);
    result.last_loss = model.take_loss();
    if (epoch == 0) result.first_loss = result.last_loss;
  }
  result.vectors = model.vectors().to_host();
  return result;
}

double cosine(const std::vector<real>& v, size_t a, size_t b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < 8; ++i) {
    ab += double(v[a * 8 + i]) * double(v[b * 8 + i]);
    aa += double(v[a * 8 + i]) * double(v[a * 8 + i]);
    bb += double(v[b * 8 + i]) * double(v[b * 8 + i]);
  }
  return ab / std::sqrt(aa * bb);
}

}  // namespace

TEST_CASE("skip-gram: words with the same neighbours get like vectors") {
  const Learned l = learn(1);
  CHECK(l.last_loss < l.first_loss);
  CHECK(cosine(l.vectors, 2, 3) > 0.9);
  CHECK(cosine(l.vectors, 4, 5) > 0.9);
  CHECK(cosine(l.vectors, 2, 4) < 0.5);
}

TEST_CASE("skip-gram: the same seed gives the same bits; UNK is not learned") {
  const Learned a = learn(1), b = learn(1), c = learn(2);
  CHECK(a.vectors == b.vectors);
  CHECK(a.vectors != c.vectors);
  // Below its first value, a uniform number within half of 1 / size.
  for (size_t i = 8; i < 16; ++i) CHECK(std::abs(double(a.vectors[i])) <= 0.5 / 8);
}

TEST_CASE("skip-gram: needs a word") {
  CHECK_THROWS_WITH_AS(SkipGram({}, {5, 5}, 1), doctest::Contains("no word"), Error);
}

}  // namespace p2s
