#include "data/captions.h"

#include <doctest/doctest.h>

#include <fstream>

#include "nn/base/files.h"
#include "tests/captured_log.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

constexpr const char* kImages =
    R"("images": [{"id": 7, "file_name": "a.jpg", "height": 3}, {"file_name": "b.jpg", "id": 8}])";
constexpr const char* kAnnotations =
    R"("annotations": [{"id": 1, "image_id": 8, "caption": "a \"dog\" runs\u00e9"},
                       {"id": 2, "image_id": 7, "caption": "two cats"},
                       {"id": 3, "image_id": 8, "caption": "a brown dog"}])";

std::string json(const std::string& images = kImages,
                 const std::string& annotations = kAnnotations) {
  return R"({"info": {"id": [1.5, {"caption": null}], "file_name": 3}, )" + images + ",\n" +
         annotations + R"(, "licenses": [[{"id": "x"}]]})";
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// A caption file, with its images in `images/` beside it.
struct Sample {
  explicit Sample(const std::string& text = json()) {
    fs::create_directory(folder / "images");
    write(folder / "images/a.jpg", "x");
    write(folder / "images/b.jpg", "x");
    write(file, text);
  }
  TemporaryFolder folder;
  fs::path file = folder / "captions_train.json";
};

std::string refusal(const std::string& text) {
  const CapturedLog quiet;
  const Sample sample(text);
  return thrown_message(ErrorCode::format, [&] { read_captions(sample.file); });
}

}  // namespace

TEST_CASE("images and captions are read and joined, other members passed over") {
  const Sample sample;
  const CaptionSet set = read_captions(sample.file);
  REQUIRE(set.images.size() == 2);
  CHECK(set.images[0].id == 7);
  CHECK(set.images[1].file_name == "b.jpg");
  CHECK(fs::equivalent(set.images[1].path, sample.folder / "images/b.jpg"));
  REQUIRE(set.captions.size() == 3);
  CHECK(set.captions[0].image == 1);
  CHECK(set.captions[0].text == "a \"dog\" runs\xC3\xA9");
  CHECK(set.captions[1].image == 0);
  CHECK(set.missing_images + set.empty_captions + set.orphans == 0);
}

TEST_CASE("annotations may stand before the images") {
  const Sample sample(fmt::format("{{{},{}}}", kAnnotations, kImages));
  CHECK(read_captions(sample.file).captions.size() == 3);
}

TEST_CASE("images are found in COCO's layout, beside the JSON, and below it") {
  for (const char* place : {"train2017", "annotations", "annotations/pictures/deep"}) {
    CAPTURE(place);
    const TemporaryFolder folder;
    fs::create_directories(folder / "annotations");
    fs::create_directories(folder / place);
    for (const char* name : {"a.jpg", "b.jpg"}) write(folder / place / name, "x");
    write(folder / "annotations/captions_train.json", json());
    CHECK(read_captions(folder / "annotations/captions_train.json").images.size() == 2);
  }
}

TEST_CASE("missing images, orphans and empty captions are counted and left out") {
  Sample sample(json(kImages, R"("annotations": [{"image_id": 7, "caption": "gone"},
      {"image_id": 8, "caption": " \t\n"}, {"image_id": 99, "caption": "whose?"},
      {"image_id": 8, "caption": "kept"}])"));
  fs::remove(sample.folder / "images/a.jpg");
  const CapturedLog log;
  const CaptionSet set = read_captions(sample.file);
  CHECK(set.missing_images == 1);
  CHECK(set.empty_captions == 1);
  CHECK(set.orphans == 1);
  REQUIRE(set.images.size() == 1);
  REQUIRE(set.captions.size() == 1);
  CHECK(set.captions[0].text == "kept");
  CHECK(set.captions[0].image == 0);
  CHECK(log.lines() == 3);
  CHECK(contains(log.text(), "captions_train.json: image that is nowhere near it skipped: a.jpg"));
  CHECK(contains(log.text(), "skipped: image_id 99"));
}

TEST_CASE("of many missing images the first are named, then all counted") {
  std::string images = R"("images": [{"id": 8, "file_name": "b.jpg"})";
  for (int id = 100; id < 200; ++id) {
    images += fmt::format(R"(, {{"id": {}, "file_name": "{}.jpg"}})", id, id);
  }
  const Sample sample(json(images + "]"));
  const CapturedLog log;
  CHECK(read_captions(sample.file).missing_images == 100);
  CHECK(contains(log.text(), "102.jpg"));
  CHECK_FALSE(contains(log.text(), "103.jpg"));
  CHECK(contains(log.text(), "100 in all"));
}

TEST_CASE("a file without a usable image or caption is refused") {
  const Sample sample;
  fs::remove_all(sample.folder / "images");
  const CapturedLog quiet;
  const std::string message =
      thrown_message(ErrorCode::format, [&] { read_captions(sample.file); });
  CHECK(contains(message, "none of its 2 images"));
  CHECK(contains(refusal(json(kImages, "\"annotations\": []")), "no caption"));
  CHECK(contains(refusal(json("\"images\": []")), "none of its 0 images"));
  // A folder of the name is no image.
  CHECK(contains(refusal(json(R"("images": [{"id": 7, "file_name": ""}])")), "none of its 1"));
}

TEST_CASE("JSON that is cut anywhere is refused with file and byte") {
  const std::string whole = json();
  for (size_t size = 0; size < whole.size(); size += 7) {
    CAPTURE(size);
    const std::string message = refusal(whole.substr(0, size));
    CHECK(contains(message, "captions_train.json: broken JSON at byte "));
  }
  CHECK(contains(refusal(whole.substr(0, 40)), "at byte 41"));
  CHECK(contains(refusal(whole + "}"), "broken JSON at byte"));
  CHECK(contains(refusal("\x89PNG"), "broken JSON at byte 1"));
}

TEST_CASE("wrong types name the member and the byte") {
  CHECK(contains(refusal("[1]"), "the file is a list, an object is needed"));
  CHECK(contains(refusal("{}"), "has no \"images\""));
  CHECK(contains(refusal(fmt::format("{{{}}}", kImages)), "has no \"annotations\""));
  CHECK(contains(refusal(R"({"images": {}})"), "images is an object, a list is needed"));
  CHECK(contains(refusal(R"({"images": [[]]})"), "images[0] is a list, an object is needed"));
  CHECK(contains(refusal(R"({"images": [{"id": "7"}]})"), "images[0].id is a text"));
  CHECK(contains(refusal(R"({"images": [{"id": 7.5}]})"), "images[0].id is a fraction"));
  CHECK(contains(refusal(R"({"images": [{"id": 18446744073709551615}]})"), "too large"));
  CHECK(contains(refusal(R"({"images": [{"id": 7}]})"), "images[0].file_name is missing"));
  CHECK(contains(refusal(R"({"images": [{"id": 7, "file_name": {}}]})"), "an object"));
  const std::string caption =
      refusal(json(kImages, R"("annotations": [{"image_id": 7, "caption": null}])"));
  CHECK(contains(caption, "annotations[0].caption is null, a text is needed (at byte "));
  CHECK(contains(refusal(json(R"("images": [{"id": 7, "file_name": "a.jpg"},
                                            {"id": 7, "file_name": "b.jpg"}])")),
                 "id 7 stands twice"));
}

TEST_CASE("deep nesting and invalid UTF-8 are harmless") {
  CHECK(contains(refusal("{\"x\": " + std::string(200'000, '[')), "broken JSON"));
  CHECK(contains(refusal(json(R"("images": [{"id": 7, "file_name": ")"
                              "\xFF\xFE"
                              R"("}])")),
                 "broken JSON"));
}

TEST_CASE("a folder's split is found in it or right below") {
  const TemporaryFolder folder;
  CHECK(contains(thrown_message(ErrorCode::io, [&] { find_captions(folder.path()); }),
                 "no captions_train*.json"));
  CHECK(contains(thrown_message(ErrorCode::io, [&] { find_captions(folder / "no.json"); }),
                 "no such file"));
  fs::create_directory(folder / "annotations");
  write(folder / "annotations/captions_val2017.json", "{}");
  write(folder / "annotations/captions_train2017.json", "{}");
  write(folder / "annotations/instances_train2017.json", "{}");
  write(folder / "captions_train.json", "{}");
  const CaptionSplit split = find_captions(folder.path());
  CHECK(split.train == std::vector{folder / "annotations/captions_train2017.json",
                                   folder / "captions_train.json"});
  CHECK(split.validation == std::vector{folder / "annotations/captions_val2017.json"});
  const CaptionSplit one = find_captions(folder / "captions_train.json");
  CHECK(one.train.size() == 1);
  CHECK(one.validation.empty());
}
