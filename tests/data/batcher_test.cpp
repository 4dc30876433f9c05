#include "data/batcher.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

std::vector<int32_t> lengths(int64_t count) {
  std::vector<int32_t> out;
  for (int64_t i = 0; i < count; ++i) out.push_back(int32_t(1 + i * 7919 % 30));
  return out;
}

std::vector<std::vector<int64_t>> take(BucketedBatches& batches, int64_t count) {
  std::vector<std::vector<int64_t>> out;
  for (int64_t i = 0; i < count; ++i) out.push_back(batches.next());
  return out;
}

}  // namespace

TEST_CASE("every item comes once an epoch, the smaller last batch too") {
  BucketedBatches batches(lengths(1003), 8, 1);
  REQUIRE(batches.batches_per_epoch() == 126);
  for (int epoch = 0; epoch < 2; ++epoch) {
    std::vector<int64_t> seen;
    for (const auto& batch : take(batches, 126)) {
      CHECK(batch.size() <= 8);
      seen.insert(seen.end(), batch.begin(), batch.end());
    }
    std::sort(seen.begin(), seen.end());
    REQUIRE(seen.size() == 1003);
    for (int64_t i = 0; i < 1003; ++i) REQUIRE(seen[size_t(i)] == i);
  }
}

TEST_CASE("lengths in a batch are alike, batches are mixed") {
  const auto items = lengths(2000);
  BucketedBatches batches(items, 20, 3);
  int64_t spread = 0, rising = 0, before = 0;
  for (const auto& batch : take(batches, 100)) {
    const auto length = [&](int64_t item) { return items[size_t(item)]; };
    const auto [low, high] = std::minmax_element(
        batch.begin(), batch.end(), [&](int64_t a, int64_t b) { return length(a) < length(b); });
    spread += length(*high) - length(*low);
    rising += length(*low) >= before;
    before = length(*low);
  }
  CHECK(spread <= 150);
  CHECK(rising > 20);
  CHECK(rising < 80);
}

TEST_CASE("the order depends on seed and epoch alone") {
  BucketedBatches a(lengths(100), 7, 5), same(lengths(100), 7, 5), other(lengths(100), 7, 6);
  const auto first = take(a, 15), second = take(a, 15);
  CHECK(first == take(same, 15));
  CHECK(first != take(other, 15));
  CHECK(first != second);
}

TEST_CASE("resumed batches are the uninterrupted ones") {
  BucketedBatches whole(lengths(100), 7, 5);
  for (int64_t done = 0; done < 40; ++done) {
    BucketedBatches resumed(lengths(100), 7, 5);
    resumed.restore(whole.state());
    BucketedBatches copy = whole;
    CHECK(take(resumed, 20) == take(copy, 20));
    whole.next();
  }
}

TEST_CASE("impossible batches and states are errors") {
  thrown_message(ErrorCode::usage, [] { BucketedBatches({}, 4, 0); });
  thrown_message(ErrorCode::usage, [] { BucketedBatches({1}, 0, 0); });
  BucketedBatches batches(lengths(10), 5, 0);
  CHECK(contains(thrown_message(ErrorCode::format, [&] { batches.restore({0, 3}); }), "--batch"));
  thrown_message(ErrorCode::format, [&] { batches.restore({-1, 0}); });
}
