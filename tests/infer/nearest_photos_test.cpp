#include "infer/nearest_photos.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "infer/nearest_cli.h"
#include "tests/models/tiny_pack.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"
#include "tests/train/tiny_data.h"

using namespace p2s;
using namespace p2s::test;

namespace {

// Photographs in three colours, and a pack of random models.
struct Files {
  TemporaryFolder folder;
  fs::path photos = folder / "photos", pack = folder / "pack.h5";
  Files() {
    use_cache(folder / "cache");
    write_tiny_photos(photos, 5);
    Pack parts = tiny_pack();
    write_pack(pack, parts);
  }
  std::string photo(int number) const {
    return (photos / "images" / ("photo" + std::to_string(number) + ".png")).string();
  }
  std::string find(const std::vector<std::string>& flags, const char* where = "") const {
    std::vector<std::string> arguments = flags;
    for (const std::string& more :
         {std::string("--coco"), (photos / where).string(), std::string("--pack"), pack.string()}) {
      arguments.push_back(more);
    }
    std::ostringstream out;
    run_p2s_nearest(arguments, out);
    return out.str();
  }
};

}  // namespace

TEST_CASE("p2s-nearest: photographs in the order of their scores, with or without the command") {
  const Files files;
  const auto found = nlohmann::json::parse(files.find({"--text", "the red boat", "--json"}));
  REQUIRE(found.size() == 5);
  for (size_t i = 1; i < found.size(); ++i) CHECK(found[i - 1]["score"] >= found[i]["score"]);
  CHECK(contains(found[0]["caption"], "wall."));
  const std::string lines = files.find({"photos", "--text", "the red boat", "--count", "2"});
  CHECK(std::ranges::count(lines, '\n') == 2);
  CHECK(contains(lines, found[0]["photo"].get<std::string>()));
}

TEST_CASE("p2s-nearest: near a photograph, which is not among the found, - words + words") {
  const Files files;
  // A folder of photographs serves as well.
  const auto found =
      nlohmann::json::parse(files.find({"--image", files.photo(0), "--json"}, "images"));
  REQUIRE(found.size() == 4);
  // Of one colour with the query.
  CHECK(found[0]["photo"] == files.photo(3));
  CHECK(found[0]["caption"] == "");
  // A word added and taken away again leaves the scores as they were.
  const auto same = nlohmann::json::parse(files.find(
      {"--image", files.photo(0), "--plus", "dog", "--minus", "dog", "--json"}, "images"));
  const auto moved = nlohmann::json::parse(files.find(
      {"--image", files.photo(0), "--minus", "dog", "--plus", "sea", "--json"}, "images"));
  CHECK(double(same[0]["score"]) == doctest::Approx(double(found[0]["score"])).epsilon(1e-4));
  CHECK(double(moved[0]["score"]) != doctest::Approx(double(found[0]["score"])).epsilon(1e-4));
}

TEST_CASE("p2s-nearest: the same photographs on another device") {
  const Files files;
  const auto found = [&](const char* device) {
    return files.find({"--text", "the dog", "--count", "1", "--device", device});
  };
  CHECK(found("ref").substr(0, 6) == found("cpu").substr(0, 6));
  if (available(Device::cuda)) return;
  CHECK(contains(thrown_message(ErrorCode::device, [&] { found("cuda"); }), "--device cpu"));
}

TEST_CASE("p2s-nearest: a contact sheet") {
  const Files files;
  const fs::path sheet = files.folder / "sheet.png";
  files.find({"--image", files.photo(1), "--count", "3", "--sheet", sheet.string()});
  const Image image = read_image(sheet);
  CHECK(image.width > 300);
}

TEST_CASE("p2s-nearest: what it does not know or was not told it names") {
  const Files files;
  const auto refusal = [&](const std::vector<std::string>& flags) {
    return thrown_message(ErrorCode::usage, [&] { files.find(flags); });
  };
  CHECK(contains(refusal({}), "give --image or --text"));
  CHECK(contains(refusal({"--image", files.photo(0), "--minus", "doog"}),
                 "--minus doog: the embedding does not know \"doog\""));
  CHECK(contains(refusal({"--text", "zzz qqq"}), "no word that the embedding knows"));
  std::ostringstream out;
  run_p2s_nearest({"--help"}, out);
  CHECK(contains(out.str(), "photos"));
}
