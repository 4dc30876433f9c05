#include "infer/story_output.h"

#include <nlohmann/json.hpp>

#include "nn/base/error.h"

namespace p2s {

std::string story_json(const Story& story, const std::filesystem::path& photo) {
  using Json = nlohmann::ordered_json;
  Json captions = Json::array();
  for (const RetrievedCaption& caption : story.captions) {
    captions.push_back({{"text", caption.text}, {"score", caption.score}});
  }
  Json told = Json::array();
  for (const PhotoCaption& caption : story.told) {
    told.push_back({{"text", caption.text}, {"score", caption.score}});
  }
  Json timings = Json::object();
  for (const auto& [stage, ms] : story.timings) timings[stage] = ms;
  const Json object = {{"photo", photo.string()},
                       {"story", story.text},
                       {"genre", story.genre},
                       {"seed", story.seed},
                       {"captions", captions},
                       {"told", told},
                       {"words", story.words},
                       {"log_probability", story.log_probability},
                       {"content_match", story.content_match},
                       {"timings", timings}};
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string story_explanation(const Story& story, const StoryOptions& options) {
  std::string text = "captions nearest to the photograph:\n";
  for (const RetrievedCaption& caption : story.captions) {
    text += fmt::format("  {:.3f}  {}\n", caption.score, caption.text);
  }
  if (!story.told.empty()) text += "captions told of the photograph:\n";
  for (const PhotoCaption& caption : story.told) {
    text += fmt::format("  {:.3f}  {}\n", caption.score, caption.text);
  }
  text += fmt::format("genre {}, seed {}, {}, content strength {:g}, style strength {:g}\n",
                      story.genre, story.seed, name(options.search.sampling),
                      options.strength.content, options.strength.style);
  text += fmt::format("{} words, mean log-probability {:.2f}, content match {:.2f}\n", story.words,
                      story.log_probability, story.content_match);
  text += "milliseconds:";
  double total = 0;
  for (const auto& [stage, ms] : story.timings) {
    text += fmt::format(" {} {:.0f},", stage, ms);
    total += ms;
  }
  return text + fmt::format(" together {:.0f}\n", total);
}

}  // namespace p2s
