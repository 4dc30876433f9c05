#include "metrics/tf_idf.h"

#include <doctest/doctest.h>

#include <cmath>

namespace p2s::test {

TEST_CASE("tf-idf: rare stems count, what all documents have does not") {
  // Stems in order: a (df 2, weight 0), beach, dog, jump (df 1, log 2 each), run (df 1).
  const TextVectors v = tf_idf({"A dog jumps. A dog jumped!", "a beach, running"},
                               {"They jump", "a dog, a dog", "x"});
  REQUIRE(v.documents.size() == 2);
  REQUIRE(v.documents[0].size() == 5);
  const float half = std::sqrt(0.5f);
  CHECK(v.documents[0][0] == 0);
  CHECK(v.documents[0][2] == doctest::Approx(half));
  CHECK(v.documents[0][3] == doctest::Approx(half));
  CHECK(v.documents[1][1] == doctest::Approx(half));
  CHECK(v.documents[1][4] == doctest::Approx(half));
  CHECK(v.queries[0][3] == doctest::Approx(1));
  CHECK(v.queries[1][2] == doctest::Approx(1));
  for (const float number : v.queries[2]) CHECK(number == 0);
}

}  // namespace p2s::test
