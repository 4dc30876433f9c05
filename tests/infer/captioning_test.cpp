#include <doctest/doctest.h>

#include "data/image.h"
#include "data/photo_files.h"
#include "infer/caption_photos.h"
#include "infer/photo_captioner.h"
#include "nn/base/files.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

TEST_CASE("a caption's words become a sentence") {
  CHECK(caption_text({"a", "man", "'s", "dog", "does", "n't", "run"}) ==
        "A man's dog doesn't run.");
  CHECK(caption_text({"3", "boys"}) == "3 boys.");
  CHECK(caption_text({}).empty());
}

TEST_CASE("photographs are listed: files as given, folders by name, caption files in their order") {
  const TemporaryFolder folder;
  const Image dot{1, 1, {1, 2, 3}};
  fs::create_directories(folder / "album");
  for (const char* name : {"b.png", "a.PNG"}) write_png(folder / "album" / name, dot);
  write_atomically(folder / "album" / "notes.txt", "no photograph");
  write_png(folder / "one.png", dot);
  write_atomically(folder / "captions.json",
                   R"({"images":[{"id":17,"file_name":"one.png"}],)"
                   R"("annotations":[{"image_id":17,"caption":"a dot"}]})");
  const auto files = list_photos({folder / "one.png", folder / "album", folder / "captions.json"});
  REQUIRE(files.size() == 4);
  CHECK(files[0].path == folder / "one.png");
  CHECK(files[0].id == -1);
  CHECK(files[1].path.filename() == "a.PNG");
  CHECK(files[2].path.filename() == "b.png");
  CHECK(files[3].id == 17);
  fs::create_directories(folder / "empty");
  CHECK(contains(thrown_message(ErrorCode::io, [&] { list_photos({folder / "empty"}); }),
                 "no photograph in this folder"));
  CHECK(contains(thrown_message(ErrorCode::io, [&] { list_photos({folder / "gone.jpg"}); }),
                 "gone.jpg"));
}

TEST_CASE("a photograph that cannot be read leaves the others alone") {
  const TemporaryFolder folder;
  write_png(folder / "good.png", {2, 1, {1, 2, 3, 4, 5, 6}});
  write_atomically(folder / "bad.png", "not a picture");
  const std::vector<fs::path> files = {folder / "bad.png", folder / "good.png"};
  const ReadPhotos read = read_photos(files);
  CHECK(contains(read.problems[0], "bad.png"));
  CHECK(read.problems[1].empty());
  CHECK(read.photos[1].width == 2);
}
