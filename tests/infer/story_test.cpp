#include "infer/story.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "infer/candidates.h"
#include "infer/story_output.h"
#include "nn/base/error.h"
#include "nn/base/parallel.h"
#include "tests/models/tiny_pack.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

// A smooth gradient; `tilt` makes different photographs.
Image photograph(int tilt) {
  Image image{300, 200, {}};
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t x = 0; x < image.width; ++x) {
      image.pixels.push_back(uint8_t((x * tilt + y) % 256));
      image.pixels.push_back(uint8_t((y * tilt) % 256));
      image.pixels.push_back(uint8_t((x + y * 2) % 256));
    }
  }
  return image;
}

StoryOptions options() {
  StoryOptions result;
  result.genre = "thriller";
  result.captions = 3;
  result.search.rules.words = 20;
  result.search.rules.ngram = 0;
  result.search.seed = 4;
  return result;
}

const Storyteller& storyteller() {
  static const Storyteller teller(tiny_pack());
  return teller;
}

std::string tell(const Storyteller& teller, const StoryOptions& wanted) {
  return teller.tell(teller.look(photograph(1), wanted.captions), wanted).text;
}

}  // namespace

TEST_CASE("story: from photograph to text") {
  const Storyteller& teller = storyteller();
  const PhotoContent content = teller.look(photograph(1), 3);
  CHECK(content.captions.size() == 3);
  CHECK(content.captions[0].score >= content.captions[1].score);
  CHECK(content.vectors.thought.shape() == Shape({1, 12}));
  std::vector<std::vector<int32_t>> shown;
  const Story story =
      teller.tell(content, options(), [&](const auto& ids) { shown.push_back(ids); });
  CHECK(story.genre == "thriller");
  CHECK(story.seed == 4);
  CHECK(story.words >= 18);
  CHECK(story.log_probability < 0);
  CHECK(story.captions.size() == 3);
  CHECK(story.timings.size() == 5);
  REQUIRE(!shown.empty());
  CHECK(teller.text(shown.back()) == story.text);
  CHECK(story.text.find("unk") == std::string::npos);
}

TEST_CASE("story: same seed, same story, with any number of threads") {
  const Storyteller& teller = storyteller();
  StoryOptions wanted = options();
  set_threads(1);
  const std::string one = tell(teller, wanted);
  set_threads(3);
  CHECK(tell(teller, wanted) == one);
  set_threads(0);
  CHECK(tell(teller, wanted) == one);
  wanted.search.seed = 5;
  CHECK(tell(teller, wanted) != one);
}

TEST_CASE("story: of several candidates the one that fits best is kept") {
  const Storyteller& teller = storyteller();
  const PhotoContent content = teller.look(photograph(1), 3);
  StoryOptions wanted = options();
  wanted.search.stories = 6;
  const Story best = teller.tell(content, wanted);
  const Story again = teller.tell(content, wanted);
  CHECK(best.text == again.text);
  wanted.search.stories = 1;
  const Story first = teller.tell(content, wanted);
  // The first may be the best: products of one row and of six round differently.
  constexpr double kRounding = 1e-5;
  const auto score = [](const Story& story) {
    return story.content_match + kGenre * story.genre_match + kFluency * story.log_probability;
  };
  CHECK(best.genre_match != 0);
  CHECK(score(best) >= score(first) - kRounding);
}

TEST_CASE("story: the strengths and the genre matter") {
  const Storyteller& teller = storyteller();
  StoryOptions wanted = options();
  wanted.search.sampling = Sampling::beam;
  const std::string plain = tell(teller, wanted);
  wanted.strength.content = 20;
  const std::string strong = tell(teller, wanted);
  CHECK(strong != plain);
  wanted.strength.content = 1;
  wanted.strength.style = 30;
  CHECK(tell(teller, wanted) != plain);
}

TEST_CASE("story: genres are mixed and scaled") {
  const Storyteller& teller = storyteller();
  StoryOptions wanted = options();
  const std::string thriller = tell(teller, wanted);
  wanted.genre = "thriller:1";
  CHECK(tell(teller, wanted) == thriller);
  wanted.genre = "thriller:2,scifi:0";
  wanted.strength.style /= 2;
  CHECK(tell(teller, wanted) == thriller);
  wanted = options();
  wanted.genre = "thriller:0.5,scifi:0.5";
  const std::string mixed = tell(teller, wanted);
  CHECK(mixed != thriller);
  const PhotoContent content = teller.look(photograph(1), 3);
  CHECK(teller.tell(content, wanted).genre == "thriller:0.5,scifi:0.5");
  CHECK(teller.tell_side_by_side({{&content, wanted.genre, 4}}, wanted)[0].text == mixed);
}

TEST_CASE("genre mixes: shares are read, what is wrong with them is named") {
  const std::vector<std::string> genres = {"scifi", "thriller", "old:new,all"};
  const auto refused = [&](const std::string& text) {
    return thrown_message(ErrorCode::usage, [&] { parse_genre_mix(text, genres); });
  };
  const auto mix = parse_genre_mix("thriller:0.75,scifi:-0.5", genres);
  REQUIRE(mix.size() == 2);
  CHECK(mix[0].genre == 1);
  CHECK(mix[1].share == -0.5);
  CHECK(genre_weights(mix, 3) == std::vector<float>{0, 1, 0});
  CHECK(genre_weights(parse_genre_mix("scifi:1,thriller:3", genres), 3) ==
        std::vector<float>{0.25f, 0.75f, 0});
  CHECK(parse_genre_mix("old:new,all", genres).front().genre == 2);
  CHECK(contains(refused("thriller:x"), "\"x\" is no share"));
  CHECK(contains(refused("thriller:"), "\"\" is no share"));
  CHECK(contains(refused("thriller:nan"), "\"nan\" is no share"));
  CHECK(contains(refused("thriller,western:0.5"), "no \"western\"; it has: scifi, thriller"));
  CHECK(contains(refused("thriller:0,scifi:-1"), "one share must be above zero"));
  CHECK(contains(refused("thriller,"), "no \"\""));
}

TEST_CASE("story: an unknown genre is refused with those there are") {
  const Storyteller& teller = storyteller();
  CHECK(teller.genre_mix("").front().genre == 0);
  CHECK(teller.genre_mix("thriller").front().genre == 1);
  CHECK_THROWS_WITH_AS(teller.genre_mix("western"), doctest::Contains("scifi, thriller"), Error);
}

TEST_CASE("story output: JSON is one line with all that was asked for, and UTF-8 safe") {
  Story story;
  story.text = "She said \"no\". Caf\xC3\xA9 \xFF";
  story.genre = "scifi";
  story.seed = 18446744073709551615u;
  story.captions = {{"A dog.", real(0.5)}};
  story.timings = {{"pack", 12.5}};
  const std::string line = story_json(story, "a b.jpg");
  CHECK(line.find('\n') == std::string::npos);
  const auto json = nlohmann::json::parse(line);
  CHECK(json["story"] == "She said \"no\". Caf\xC3\xA9 \xEF\xBF\xBD");
  CHECK(json["genre"] == "scifi");
  CHECK(json["seed"] == 18446744073709551615u);
  CHECK(json["captions"][0]["text"] == "A dog.");
  CHECK(json["captions"][0]["score"] == 0.5);
  CHECK(json["timings"]["pack"] == 12.5);
  CHECK(json["photo"] == "a b.jpg");
}

TEST_CASE("story output: the explanation shows captions, scores and timings") {
  Story story;
  story.genre = "scifi";
  story.captions = {{"A dog.", real(0.512)}};
  story.timings = {{"pack", 12}, {"story", 30}};
  const std::string text = story_explanation(story, options());
  CHECK(text.find("0.512  A dog.") != std::string::npos);
  CHECK(text.find("together 42") != std::string::npos);
}

TEST_CASE("story: stories told side by side are those told one by one") {
  const Storyteller& teller = storyteller();
  const PhotoContent one = teller.look(photograph(1), 3), other = teller.look(photograph(5), 3);
  StoryOptions wanted = options();
  for (const auto sampling : {Sampling::top_p, Sampling::beam}) {
    wanted.search.sampling = sampling;
    wanted.search.stories = 2;
    const std::vector<Story> together = teller.tell_side_by_side(
        {{&one, "scifi", 1}, {&other, "thriller", 2}, {&one, "thriller", 3}}, wanted);
    REQUIRE(together.size() == 3);
    wanted.genre = "thriller";
    wanted.search.seed = 2;
    CHECK(together[1].text == teller.tell(other, wanted).text);
    wanted.search.seed = 3;
    CHECK(together[2].text == teller.tell(one, wanted).text);
    CHECK(together[2].genre == "thriller");
    CHECK(together[2].seed == 3);
  }
}

TEST_CASE("story: captions told of the photograph join those that were found") {
  Pack pack = tiny_pack();
  add_tiny_captioner(pack);
  const Storyteller teller(std::move(pack));
  const PhotoContent found = teller.look(photograph(1), 3), both = teller.look(photograph(1), 3, 2);
  CHECK(found.told.empty());
  REQUIRE(both.told.size() == 2);
  CHECK(both.told[0].score >= both.told[1].score);
  CHECK(both.captions.size() == 3);
  CHECK(both.features.to_host() == found.features.to_host());
  CHECK(both.vectors.thought.to_host() != found.vectors.thought.to_host());
  const Story story = teller.tell(both, options());
  CHECK(story_explanation(story, options()).find(both.told[0].text) != std::string::npos);
  const auto json = nlohmann::json::parse(story_json(story, "p.jpg"));
  CHECK(json["told"].size() == 2);
  CHECK(json["told"][0]["text"] == both.told[0].text);
  // Another teller's pack without a captioner finds captions only.
  CHECK(storyteller().look(photograph(1), 3, 2).told.empty());
}
