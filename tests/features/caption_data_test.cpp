#include "features/caption_data.h"

#include <doctest/doctest.h>

#include "nn/base/files.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

namespace p2s::test {
namespace {

Vocabulary dogs() {
  return Vocabulary({"<eos>", "<unk>", "a", "dog", "runs", "sleeps", "."},
                    {"<eos>", "<unk>", "a", "dog", "runs", "sleeps", "."}, {0, 0, 9, 8, 7, 6, 5});
}

}  // namespace

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
