#include "infer/story_flags.h"

#include <cmath>

#include "nn/base/error.h"

namespace p2s {
namespace {

// CLI11 takes "-1" for the largest unsigned number.
const CLI::Validator kDigits(
    [](std::string& text) -> std::string {
      const bool digits = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
      return digits ? "" : fmt::format("\"{}\" is not a whole number from 0 up", text);
    },
    "");

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

}  // namespace

CLI::Validator number_between(double low, double high) {
  return CLI::Validator(
      [low, high](std::string& text) -> std::string {
        double value = 0;
        const bool number = CLI::detail::lexical_cast(text, value) && std::isfinite(value);
        if (number && value >= low && value <= high) return {};
        return fmt::format("\"{}\" is not a number from {} to {}", text, low, high);
      },
      "");
}

void add_story_flags(CLI::App& app, StoryOptions& story) {
  SearchOptions& search = story.search;
  app.add_option("--words", search.rules.words,
                 "the story stops at the first sentence end after so many words")
      ->check(number_between(1, 10000));
  app.add_option("--captions", story.captions, "captions that the story starts from")
      ->check(number_between(1, 1000));
  app.add_option_function<std::string>(
         "--sampling", [&](const std::string& text) { search.sampling = sampling(text); },
         "greedy, beam, top-k, top-p")
      ->default_str(name(search.sampling));
  app.add_option("--beam-width", search.beam_width, "beam: drafts kept side by side")
      ->check(number_between(1, 256));
  app.add_option("--top-k", search.top_k, "top-k: choose among so many likeliest words")
      ->check(number_between(1, 1e6));
  app.add_option("--top-p", search.top_p,
                 "top-p: choose among the likeliest words of this probability together")
      ->check(number_between(1e-6, 1));
  app.add_option("--temperature", search.temperature,
                 "below 1 plays safe, above 1 dares more; 0 is greedy")
      ->check(number_between(0, 100));
  app.add_option("--seed", search.seed, "the same seed tells the same story")->check(kDigits);
  app.add_option("--candidates", search.stories,
                 "tell so many stories and keep the one that fits the photograph best")
      ->check(number_between(1, 256));
  app.add_option("--content-strength", story.strength.content, "how much the photograph counts")
      ->check(number_between(-100, 100));
  app.add_option("--style-strength", story.strength.style, "how much the genre counts")
      ->check(number_between(-100, 100));
}

void add_threads_flag(CLI::App& app, int& threads) {
  app.add_option("--threads", threads, "processor threads; 0 is all cores")
      ->check(number_between(0, 1024));
}

std::string parse_flags(CLI::App& app, const std::vector<std::string>& arguments) {
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    return app.help();
  } catch (const CLI::ParseError& e) {
    fail(ErrorCode::usage, "{}; see {} --help", one_line(e.what()), app.get_name());
  }
  return "";
}

}  // namespace p2s
