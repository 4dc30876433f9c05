#include "infer/retrieval.h"

#include <doctest/doctest.h>

#include "nn/base/error.h"

using namespace p2s;

namespace {

const std::vector<std::string> kCaptions = {
    "A dog runs on the beach.", "A dog runs on the beach", "a cat sleeps on a red sofa",
    "Two men talk in the street.", "A dog on the beach runs!"};

Tensor vectors() {
  const std::vector<real> values = {1, 0, .96f, .28f, 0, 1, .6f, .8f, .98f, .199f};
  return Tensor({5, 2}, Device::cpu, values);
}

std::vector<RetrievedCaption> nearest(std::vector<real> query, int64_t count) {
  return nearest_captions(kCaptions, vectors(), Tensor({1, 2}, Device::cpu, query), count);
}

}  // namespace

TEST_CASE("retrieval: best first, near-duplicates passed over") {
  const auto found = nearest({1, 0}, 2);
  REQUIRE(found.size() == 2);
  CHECK(found[0].text == kCaptions[0]);
  CHECK(found[0].score == doctest::Approx(1));
  CHECK(found[1].text == kCaptions[3]);
  CHECK(found[1].score == doctest::Approx(.6));
  CHECK(nearest({0, 1}, 1)[0].text == kCaptions[2]);
}

TEST_CASE("retrieval: all there are when more are asked for") {
  CHECK(nearest({1, 0}, 100).size() == 3);
}

TEST_CASE("retrieval: a query of another size is refused") {
  CHECK_THROWS_AS(nearest({1, 0, 0}, 1), Error);
}

TEST_CASE("retrieval: what counts as nearly the same") {
  CHECK(near_duplicates("A dog runs on the beach.", "the dog runs on a beach"));
  CHECK(near_duplicates("Three boys play.", "three boys play !"));
  CHECK_FALSE(near_duplicates("A dog runs on the beach.", "A cat sleeps in a box."));
  CHECK_FALSE(near_duplicates("A dog runs.", "A man runs by the sea."));
}
