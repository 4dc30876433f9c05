#include "train/caption_pool.h"

#include <doctest/doctest.h>

#include "tests/thrown_error.h"

namespace p2s::test {
namespace {

Vocabulary dogs() {
  return Vocabulary({"<eos>", "<unk>", "a", "dog", "runs", "sleeps", "."},
                    {"<eos>", "<unk>", "a", "dog", "runs", "sleeps", "."}, {0, 0, 9, 8, 7, 6, 5});
}

}  // namespace

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

}  // namespace p2s::test
