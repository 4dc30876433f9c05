#include "infer/evaluation.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "data/tokenizer.h"
#include "infer/eval_stories.h"
#include "infer/eval_stories_options.h"
#include "nn/base/error.h"
#include "nn/base/files.h"
#include "tests/models/tiny_pack.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;

namespace {

Image photograph(int tilt) {
  Image image{64, 48, {}};
  for (int64_t i = 0; i < image.width * image.height * 3; ++i) {
    image.pixels.push_back(uint8_t(i * tilt % 251));
  }
  return image;
}

// A story that says these words.
EvaluatedStory said(const Storyteller& teller, size_t photo, int32_t genre,
                    const std::string& text) {
  EvaluatedStory result{photo, genre, {}};
  result.story.text = text;
  result.story.ids = teller.vocabulary().ids(tokenize(text));
  return result;
}

// What a photograph would show if this were its caption.
PhotoContent shows(const Storyteller& teller, const std::string& caption) {
  PhotoContent content;
  content.features = Tensor({1, 16}, Device::cpu, real(1));
  content.captions = {{caption, 1}};
  content.vectors = teller.encoder()({{teller.vocabulary().ids(tokenize(caption))}});
  return content;
}

}  // namespace

TEST_CASE("evaluation: recall counts rows whose own column is among the best; ties are misses") {
  const std::vector<double> scores = {3, 1, 2,  //
                                      5, 4, 6,  //
                                      1, 1, 1};
  CHECK(recall_at(scores, 3, 1) == doctest::Approx(1.0 / 3));
  CHECK(recall_at(scores, 3, 2) == doctest::Approx(1.0 / 3));
  CHECK(recall_at(scores, 3, 3) == doctest::Approx(1));
}

TEST_CASE("evaluation: naive Bayes tells genres by their words") {
  GenreClassifier classifier(6, 2);
  classifier.add({2, 2, 3, 1, 1, 1}, 0);
  classifier.add({4, 5, 3, 0, 0}, 1);
  CHECK(classifier({2, 3}) == 0);
  CHECK(classifier({5, 3}) == 1);
  CHECK(classifier({4, 4, 2}) == 1);
}

TEST_CASE("evaluation: stories that say what their photographs show find them, others do not") {
  Pack pack = tiny_pack();
  pack.caption_style = pack.passage_style;
  const Storyteller teller(pack);
  const std::vector<std::string> captions = {"A dog runs.", "She sings in Paris.",
                                             "An old red boat."};
  std::vector<PhotoContent> photos;
  std::vector<EvaluatedStory> right, wrong;
  for (size_t i = 0; i < captions.size(); ++i) {
    photos.push_back(shows(teller, captions[i]));
    right.push_back(said(teller, i, 0, captions[i]));
    wrong.push_back(said(teller, i, 0, captions[(i + 1) % captions.size()]));
  }
  const Evaluation e = evaluate(teller, right, photos, nullptr, nullptr);
  CHECK(e.photos == 3);
  CHECK(e.stories == 3);
  CHECK(e.content_recall_1 == doctest::Approx(1));
  CHECK(e.content_recall_10 == doctest::Approx(1));
  CHECK(e.reference_recall_1 == -1);
  CHECK(evaluate(teller, right, photos, nullptr, nullptr, captions).reference_recall_1 ==
        doctest::Approx(1));
  CHECK(evaluate(teller, wrong, photos, nullptr, nullptr, captions).reference_recall_1 == 0);
  CHECK(e.vse_recall_1 == -1);
  CHECK(e.genre_by_words == -1);
  CHECK(evaluate(teller, wrong, photos, nullptr, nullptr).content_recall_1 == 0);
}

TEST_CASE("evaluation: words and a VSE are used where they are given") {
  const Storyteller teller(tiny_pack());
  Rng rng(3);
  VseConfig config;
  config.vocabulary = teller.vocabulary().size();
  config.word = 4;
  config.embedding = 8;
  config.features = 16;
  const JointSpace scorer{Vse(config, Device::cpu, rng), teller.vocabulary()};
  GenreClassifier classifier(teller.vocabulary().size(), 2);
  classifier.add(teller.vocabulary().ids({"dog", "beach"}), 0);
  classifier.add(teller.vocabulary().ids({"she", "paris"}), 1);
  const std::vector<PhotoContent> photos = {shows(teller, "A dog.")};
  const std::vector<EvaluatedStory> stories = {said(teller, 0, 0, "The dog on the beach."),
                                               said(teller, 0, 1, "The dog on the beach.")};
  const Evaluation e = evaluate(teller, stories, photos, &scorer, &classifier);
  CHECK(e.genre_by_words == doctest::Approx(0.5));
  CHECK(e.vse_recall_1 == doctest::Approx(1));
}

TEST_CASE("evaluation: a run over a folder of photographs") {
  const test::TemporaryFolder folder;
  Pack pack = tiny_pack();
  write_pack(folder / "tiny.h5", pack);
  fs::create_directory(folder / "photos");
  for (int i = 1; i <= 3; ++i) {
    write_png(folder / "photos" / (std::to_string(i) + ".png"), photograph(i));
  }
  const EvalStoriesOptions options = parse_eval_stories_options(
      {(folder / "photos").string(), "--pack", (folder / "tiny.h5").string(), "--limit", "2",
       "--words", "10", "--captions", "2", "--stories", (folder / "stories.jsonl").string()});
  const auto json = nlohmann::json::parse(evaluate_stories(options));
  CHECK(json["photos"] == 2);
  CHECK(json["stories"] == 4);
  CHECK(json["mean_words"] >= 9);
  CHECK(json["vse_recall_1"].is_null());
  const fs::path third = folder / "third.jsonl";
  evaluate_stories(parse_eval_stories_options(
      {(folder / "photos").string(), "--pack", (folder / "tiny.h5").string(), "--skip", "2",
       "--words", "10", "--captions", "2", "--stories", third.string()}));
  CHECK(test::contains(read_file(third), "3.png"));
  CHECK(!test::contains(read_file(third), "2.png"));
  const std::string lines = read_file(folder / "stories.jsonl");
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 4);
}

TEST_CASE("evaluation: mistakes are refused") {
  const auto refused = [](const std::vector<std::string>& arguments) {
    return test::thrown_message(ErrorCode::usage, [&] { parse_eval_stories_options(arguments); });
  };
  CHECK(test::contains(refused({}), "folder"));
  CHECK(test::contains(refused({"x", "--limit", "0"}), "--limit"));
  CHECK(test::contains(refused({"x", "--skip", "-1"}), "--skip"));
  CHECK(test::contains(refused({"x", "--gnere", "a"}), "--gnere"));
  CHECK(parse_eval_stories_options({"--help"}).help.find("--vse") != std::string::npos);
}
