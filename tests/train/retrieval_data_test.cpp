#include <doctest/doctest.h>

#include "nn/base/files.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"
#include "train/caption_data.h"
#include "train/caption_pool.h"
#include "train/recall.h"

namespace p2s::test {
namespace {

Vocabulary dogs() {
  return Vocabulary({"<eos>", "<unk>", "a", "dog", "runs", "sleeps", "."},
                    {"<eos>", "<unk>", "a", "dog", "runs", "sleeps", "."}, {0, 0, 9, 8, 7, 6, 5});
}

}  // namespace

TEST_CASE("recall counts a photograph's best caption and a caption's one photograph") {
  // Two photographs; captions 0 and 1 are of the first, 2 of the second.
  const std::vector<real> scores = {real(0.1), real(0.9), real(0.5),   // first: 1 leads
                                    real(0.8), real(0.2), real(0.7)};  // second: 2 comes second
  const BothWays r = recall_both_ways(scores, {0, 0, 1});
  CHECK(r.to_caption.at1 == doctest::Approx(50));
  CHECK(r.to_caption.at5 == doctest::Approx(100));
  CHECK(r.to_caption.median_rank == doctest::Approx(1.5));
  CHECK(r.to_image.at1 == doctest::Approx(100.0 * 2 / 3));
  CHECK(r.to_image.median_rank == doctest::Approx(1));
  CHECK(r.sum() == doctest::Approx(50 + 200 + 100.0 * 2 / 3 + 200));
}

TEST_CASE("equal scores count against a model") {
  const BothWays r = recall_both_ways({1, 1, 1, 1}, {0, 1});
  CHECK(r.to_caption.at1 == 0);
  CHECK(r.to_image.at1 == 0);
}

TEST_CASE("the pool drops repeated captions and those with unknown words") {
  const std::vector<std::string> all = {"A dog runs.",   "a dog runs", "A cat runs.",
                                        "A dog sleeps.", "dog",        "runs"};
  CHECK(caption_pool(all, dogs(), 0, 1) ==
        std::vector<std::string>{"A dog runs.", "A dog sleeps.", "dog", "runs"});
  const auto chosen = caption_pool(all, dogs(), 2, 1);
  CHECK(chosen.size() == 2);
  CHECK(chosen == caption_pool(all, dogs(), 2, 1));
  CHECK(contains(thrown_message(ErrorCode::usage, [&] { caption_pool({"A cat."}, dogs(), 0, 1); }),
                 "does not know"));
}

TEST_CASE("caption lines are trimmed; a file without any is refused by name") {
  TemporaryFolder folder;
  write_atomically(folder / "c.txt", "  A dog. \r\n\n \nTwo dogs.");
  CHECK(read_caption_lines(folder / "c.txt") == std::vector<std::string>{"A dog.", "Two dogs."});
  write_atomically(folder / "empty.txt", "\n \n");
  CHECK(
      contains(thrown_message(ErrorCode::format, [&] { read_caption_lines(folder / "empty.txt"); }),
               "empty.txt"));
  CHECK(contains(thrown_message(ErrorCode::io, [&] { read_caption_lines(folder.path()); }),
                 "folder"));
  CHECK(caption_ids(dogs(), "A dog barks.") == std::vector<int32_t>{2, 3, 1, 6, 0});
}

TEST_CASE("holding out takes whole photographs with their captions") {
  CaptionedFeatures all;
  all.features = Tensor({4, 1}, Device::ref, std::vector<real>{10, 11, 12, 13});
  all.image = {0, 0, 1, 2, 3, 3};
  all.texts = {"a", "b", "c", "d", "e", "f"};
  const CaptionedSplit split = hold_out(all, 2);
  CHECK(split.training.texts == std::vector<std::string>{"a", "b", "d"});
  CHECK(split.training.image == std::vector<int32_t>{0, 0, 1});
  CHECK(split.validation.texts == std::vector<std::string>{"c", "e", "f"});
  CHECK(split.validation.features.to_host() == std::vector<real>{11, 13});
  CHECK(contains(thrown_message(ErrorCode::usage, [&] { hold_out(all, 10); }), "too few"));
}

}  // namespace p2s::test
