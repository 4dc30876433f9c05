#include "infer/retrieval.h"

#include <doctest/doctest.h>

#include <span>

#include "nn/base/error.h"

using namespace p2s;

namespace {

const std::vector<std::string> kCaptions = {
    "A dog runs on the beach.", "A dog runs on the beach", "a cat sleeps on a red sofa",
    "Two men talk in the street.", "A dog on the beach runs!"};

constexpr real kFirst[] = {1, .96f, 0, .6f, .98f}, kSecond[] = {0, .28f, 1, .8f, .199f};

std::vector<RetrievedCaption> nearest(std::span<const real> scores, int64_t count) {
  return nearest_captions(kCaptions, {scores.begin(), scores.end()}, count);
}

}  // namespace

TEST_CASE("retrieval: best first, near-duplicates passed over") {
  const auto found = nearest(kFirst, 2);
  REQUIRE(found.size() == 2);
  CHECK(found[0].text == kCaptions[0]);
  CHECK(found[0].score == doctest::Approx(1));
  CHECK(found[1].text == kCaptions[3]);
  CHECK(found[1].score == doctest::Approx(.6));
  CHECK(nearest(kSecond, 1)[0].text == kCaptions[2]);
}

TEST_CASE("retrieval: all there are when more are asked for") {
  CHECK(nearest(kFirst, 100).size() == 3);
}

TEST_CASE("retrieval: as many scores as captions, or it is refused") {
  CHECK_THROWS_AS(nearest(std::span(kFirst, 3), 1), Error);
}

TEST_CASE("retrieval: what counts as nearly the same") {
  CHECK(near_duplicates("A dog runs on the beach.", "the dog runs on a beach"));
  CHECK(near_duplicates("Three boys play.", "three boys play !"));
  CHECK_FALSE(near_duplicates("A dog runs on the beach.", "A cat sleeps in a box."));
  CHECK_FALSE(near_duplicates("A dog runs.", "A man runs by the sea."));
}
