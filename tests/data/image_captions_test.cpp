#include "data/image_captions.h"

#include <doctest/doctest.h>

#include "nn/base/files.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

std::vector<ImageCaption> read(const std::string& json) {
  const TemporaryFolder folder;
  write_atomically(folder / "captions.json", json);
  return read_image_captions(folder / "captions.json");
}

}  // namespace

TEST_CASE("image captions: from a result file and from a caption file") {
  const auto results = read(R"([{"image_id":7,"caption":"a cat","x":{"caption":"no"}},
                                {"image_id":"b","caption":"a dog"}])");
  REQUIRE(results.size() == 2);
  CHECK(results[0].image == "7");
  CHECK(results[0].text == "a cat");
  CHECK(results[1].image == "b");
  const auto captions = read(R"({"info":{"year":2026},"images":[{"id":7,"file_name":"x.jpg"}],
      "annotations":[{"id":1,"image_id":7,"caption":"A cat."},{"image_id":7,"caption":"Two"}]})");
  REQUIRE(captions.size() == 2);
  CHECK(captions[1].text == "Two");
}

TEST_CASE("image captions: what is wrong is named, with its place") {
  const auto refusal = [](const std::string& json) {
    return thrown_message(ErrorCode::format, [&] { read(json); });
  };
  CHECK(contains(refusal("[{\"image_id\":7,\"caption\":\"a c"), "broken JSON at byte 30"));
  CHECK(contains(refusal("[{\"image_id\":7,\"caption\":\"a\"},{\"image_id\":7}]"),
                 "entry 1.caption is no text"));
  CHECK(contains(refusal("[{\"image_id\":7.5,\"caption\":\"a\"}]"), "entry 0.image_id"));
  CHECK(contains(refusal("[]"), "has no caption"));
  CHECK(contains(refusal("{\"images\":[{\"image_id\":1,\"caption\":\"a\"}]}"), "has no caption"));
  CHECK(contains(refusal("7"), "has no caption"));
  CHECK(contains(refusal("[1, [2]]"), "has no caption"));
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(read_image_captions(folder / "none.json"), doctest::Contains("none.json"),
                       Error);
}
