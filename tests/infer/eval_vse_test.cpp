#include "infer/eval_vse.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "infer/eval_cli.h"
#include "tests/models/tiny_pack.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"
#include "tests/train/tiny_data.h"

using namespace p2s;
using namespace p2s::test;

namespace {

// Six photographs with two captions each, and a pack of random models that does not know
// their colours: all first captions are alike to it, and so are all second ones.
struct Files {
  TemporaryFolder folder;
  fs::path photos = folder / "photos", pack = folder / "pack.h5";
  explicit Files(bool text_side = true) {
    use_cache(folder / "cache");
    write_tiny_photos(photos, 6);
    const fs::path captions = photos / "captions_train.json";
    write_atomically(captions, std::regex_replace(read_file(captions), std::regex("red"), "grey"));
    Pack parts = tiny_pack();
    if (!text_side) parts.vse.sentence = {}, parts.caption_words = {};
    write_pack(pack, parts);
  }
  std::string eval(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"vse", "--coco", photos.string(), "--pack",
                                          pack.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::ostringstream out;
    run_p2s_eval(arguments, out);
    return out.str();
  }
};

}  // namespace

TEST_CASE("p2s-eval vse: a table, or one JSON object; within folds") {
  const Files files;
  const std::string table = files.eval();
  CHECK(contains(table, "6 photographs, 12 captions\n"));
  const auto json = nlohmann::json::parse(files.eval({"--json"}));
  CHECK(json["photographs"] == 6);
  CHECK(json["folds"] == 1);
  // The six alike captions tie, and ties rank behind.
  CHECK(json["image_to_caption"]["median_rank"] == 6);
  CHECK(json["image_to_caption"]["mean_rank"] == 6);
  CHECK(json["image_to_caption"]["r5"] == 0);
  CHECK(json["image_to_caption"]["r10"] == 100);
  CHECK(json["caption_to_image"]["r10"] == 100);
  const auto folds = nlohmann::json::parse(files.eval({"--json", "--folds", "2"}));
  CHECK(folds["folds"] == 3);
  CHECK(folds["image_to_caption"]["mean_rank"] == 2);
  CHECK(contains(files.eval({"--folds", "2"}), "mean of 3 folds"));
}

TEST_CASE("p2s-eval vse: the same on another device") {
  const Files files;
  CHECK(files.eval({"--device", "ref"}) == files.eval({"--device", "cpu"}));
  if (available(Device::cuda)) return;
  const auto on_gpu = [&] { files.eval({"--device", "cuda"}); };
  CHECK(contains(thrown_message(ErrorCode::device, on_gpu), "--device cpu"));
}

TEST_CASE("p2s-eval vse: a model file stands for the pack's embedding") {
  const Files files(false);
  CHECK(contains(thrown_message(ErrorCode::usage, [&] { files.eval(); }), "give --vse FILE"));
  const auto write = [&](int64_t features) {
    Rng rng(1);
    Vse vse({.vocabulary = 30, .word = 4, .embedding = 5, .features = features}, Device::cpu, rng);
    ModelFileWriter file(files.folder / "model.h5");
    write_model(file, vse);
    write_words(file, tiny_words());
    file.finish();
    return (files.folder / "model.h5").string();
  };
  CHECK(contains(files.eval({"--vse", write(1280)}), "sum of recalls"));
  const std::string other = write(16);
  CHECK(contains(thrown_message(ErrorCode::usage,
                                [&] {
                                  files.eval({"--vse", other});
                                }),
                 "reads 16 features"));
}
