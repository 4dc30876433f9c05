#include "metrics/recall.h"

#include <doctest/doctest.h>

#include "tests/thrown_error.h"

namespace p2s::test {

TEST_CASE("recall counts a photograph's best caption and a caption's one photograph") {
  // Two photographs; captions 0 and 1 are of the first, 2 of the second.
  const std::vector<real> scores = {real(0.1), real(0.9), real(0.5),   // first: 1 leads
                                    real(0.8), real(0.2), real(0.7)};  // second: 2 comes second
  const BothWays r = recall_both_ways(scores, {0, 0, 1});
  CHECK(r.to_caption.at1 == doctest::Approx(50));
  CHECK(r.to_caption.at5 == doctest::Approx(100));
  CHECK(r.to_caption.median_rank == doctest::Approx(1.5));
  CHECK(r.to_caption.mean_rank == doctest::Approx(1.5));
  CHECK(r.to_image.at1 == doctest::Approx(100.0 * 2 / 3));
  CHECK(r.to_image.median_rank == doctest::Approx(1));
  CHECK(r.to_image.mean_rank == doctest::Approx(4.0 / 3));
  CHECK(r.sum() == doctest::Approx(50 + 200 + 100.0 * 2 / 3 + 200));
}

TEST_CASE("equal scores count against a model") {
  const BothWays r = recall_both_ways({1, 1, 1, 1}, {0, 1});
  CHECK(r.to_caption.at1 == 0);
  CHECK(r.to_image.at1 == 0);
}

TEST_CASE("each fold is searched alone, and their figures are averaged") {
  // Photographs 0 and 1 are mistaken for photograph 2 alone, which another fold has; photograph 4
  // is left after the folds.
  const std::vector<int32_t> image = {0, 1, 2, 3, 4};
  std::vector<real> scores(25, 0);
  for (size_t i = 0; i < 5; ++i) scores[i * 6] = 1;
  scores[0 * 5 + 2] = scores[1 * 5 + 2] = 2;
  const BothWays all = recall_both_ways(scores, image);
  CHECK(all.to_caption.at1 == doctest::Approx(60));
  CHECK(recall_in_folds(scores, image, 2).to_caption.at1 == doctest::Approx(100));
  scores[0 * 5 + 1] = 2;
  const BothWays folds = recall_in_folds(scores, image, 2);
  CHECK(folds.to_caption.at1 == doctest::Approx(75));
  CHECK(folds.to_caption.mean_rank == doctest::Approx(1.25));
  CHECK(recall_in_folds(scores, image, 5).to_image.mean_rank ==
        doctest::Approx(recall_both_ways(scores, image).to_image.mean_rank));
  CHECK(contains(thrown_message(ErrorCode::usage, [&] { recall_in_folds(scores, image, 6); }),
                 "folds of 6 photographs: there are 5"));
}

}  // namespace p2s::test
