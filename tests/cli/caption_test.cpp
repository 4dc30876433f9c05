#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "nn/base/files.h"
#include "tests/cli/photo_and_pack.h"
#include "tests/cli/program.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

Outcome caption(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--pack", pack_file().string()});
  return run_program("p2s-caption", arguments);
}

}  // namespace

TEST_CASE("p2s-caption prints a sentence; for several photographs with their names") {
  const std::string photo = photo_file().string();
  const Outcome one = caption({photo});
  CHECK(one.status == 0);
  CHECK(one.out.ends_with(".\n"));
  CHECK(!contains(one.out, photo));
  const Outcome two = caption({photo, photo});
  CHECK(two.out == photo + ": " + one.out + photo + ": " + one.out);
}

TEST_CASE("p2s-caption --json --best prints the best captions with their scores") {
  const Outcome outcome = caption({photo_file().string(), "--json", "--best", "4"});
  CHECK(outcome.status == 0);
  const auto json = nlohmann::json::parse(outcome.out);
  CHECK(json["photo"] == photo_file().string());
  REQUIRE(json["captions"].size() == 4);
  CHECK(json["captions"][0]["score"] >= json["captions"][3]["score"]);
  CHECK(json["captions"][0]["text"].is_string());
}

TEST_CASE("p2s-caption --heatmaps writes a sheet and a picture a word") {
  const TemporaryFolder folder;
  const Outcome outcome =
      caption({photo_file().string(), "--heatmaps", (folder / "looks").string()});
  CHECK(outcome.status == 0);
  CHECK(fs::exists(folder / "looks" / "001_photo.png"));
  CHECK(fs::exists(folder / "looks" / "001_photo" / "01.png"));
}

TEST_CASE("p2s-caption reads folders and caption files; what is unreadable is passed over") {
  const TemporaryFolder folder;
  fs::copy_file(photo_file(), folder / "a.png");
  write_atomically(folder / "b.png", "no picture");
  const Outcome outcome = caption({folder.path().string()});
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.out, "a.png: "));
  CHECK(contains(outcome.err, "b.png"));
  CHECK(contains(outcome.err, "1 of 2 photographs could not be read"));

  write_atomically(folder / "captions.json", R"({"images":[{"id":7,"file_name":"a.png"}],)"
                                             R"("annotations":[{"image_id":7,"caption":"a"}]})");
  const fs::path results = folder / "results.json";
  const Outcome scored =
      caption({(folder / "captions.json").string(), "--results", results.string()});
  CHECK(scored.status == 0);
  const auto json = nlohmann::json::parse(read_file(results));
  REQUIRE(json.size() == 1);
  CHECK(json[0]["image_id"] == 7);
  CHECK(json[0]["caption"].is_string());
}

TEST_CASE("p2s-caption tells mistakes in one line") {
  check_refusal("p2s-caption", caption({}), 2, {"no photograph given"});
  check_refusal("p2s-caption", caption({"gone.jpg"}), 1, {"gone.jpg"});
  check_refusal("p2s-caption", caption({"x.jpg", "--beam", "0"}), 2, {"--beam"});
  check_refusal("p2s-caption", caption({"x.jpg", "--convnet", "m.h5"}), 2, {"--captioner"});
}
