#include "infer/options.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <limits>

#include "nn/base/error.h"

namespace p2s {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  p2s-generate beach.jpg --genre romance\n"
    "  p2s-generate beach.jpg --genre thriller --words 150 --seed 7 --explain\n"
    "  p2s-generate *.jpg --genre scifi --json > stories.jsonl\n"
    "  p2s-generate beach.jpg --sampling beam --beam-width 6\n"
    "  p2s-generate --genre help\n";

// CLI11 takes "nan" and "inf" for numbers; none of ours may be either.
CLI::Validator finite_range(double low, double high) {
  return CLI::Validator(
      [low, high](std::string& text) -> std::string {
        double value = 0;
        const bool number = CLI::detail::lexical_cast(text, value) && std::isfinite(value);
        if (number && value >= low && value <= high) return {};
        return fmt::format("\"{}\" is not a number from {} to {}", text, low, high);
      },
      "");
}

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

void add_search_flags(CLI::App& app, SearchOptions& search, std::string& sampling_name) {
  constexpr double kMany = 1e6;
  app.add_option("--words", search.rules.words,
                 "the story stops at the first sentence end after so many words")
      ->check(finite_range(1, 10000));
  app.add_option("--sampling", sampling_name, "greedy, beam, top-k, top-p");
  app.add_option("--beam-width", search.beam_width, "beam: drafts kept side by side")
      ->check(finite_range(1, 256));
  app.add_option("--top-k", search.top_k, "top-k: choose among so many likeliest words")
      ->check(finite_range(1, kMany));
  app.add_option("--top-p", search.top_p,
                 "top-p: choose among the likeliest words of this probability together")
      ->check(finite_range(1e-6, 1));
  app.add_option("--temperature", search.temperature,
                 "below 1 plays safe, above 1 dares more; 0 is greedy")
      ->check(finite_range(0, 100));
  app.add_option("--seed", search.seed, "the same seed tells the same story")->check(kDigits);
  app.add_option("--candidates", search.stories,
                 "tell so many stories and keep the one that fits the photograph best")
      ->check(finite_range(1, 256));
}

}  // namespace

GenerateOptions parse_generate_options(const std::vector<std::string>& arguments) {
  GenerateOptions options;
  std::string sampling_name = name(options.story.search.sampling);
  double content = double(options.story.strength.content);
  double style = double(options.story.strength.style);

  CLI::App app("Tells a story for a photograph, in the style of a genre.", "p2s-generate");
  app.footer(kExamples);
  app.option_defaults()->always_capture_default();
  app.add_option("photo", options.photos, "photographs: JPEG, PNG, BMP or GIF")
      ->always_capture_default(false);
  app.add_option("--genre", options.story.genre,
                 "one of the pack's genres (default: its first); \"help\" lists them")
      ->always_capture_default(false);
  app.add_option("--pack", options.pack, "model pack (default: $P2S_PACK, else packs/*.h5)")
      ->always_capture_default(false);
  add_search_flags(app, options.story.search, sampling_name);
  app.add_option("--captions", options.story.captions, "captions that the story starts from")
      ->check(finite_range(1, 1000));
  app.add_option("--content-strength", content, "how much the photograph counts")
      ->check(finite_range(-100, 100));
  app.add_option("--style-strength", style, "how much the genre counts")
      ->check(finite_range(-100, 100));
  app.add_option("--threads", options.threads, "processor threads; 0 is all cores")
      ->check(finite_range(0, 1024));
  app.add_flag("--json", options.json, "one JSON object a photograph, on one line");
  app.add_flag("--explain", options.explain, "also the captions with scores, and the timings");

  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    options.help = app.help();
    return options;
  } catch (const CLI::ParseError& e) {
    fail(ErrorCode::usage, "{}; see p2s-generate --help", one_line(e.what()));
  }
  options.list_genres = options.story.genre == "help";
  options.story.strength = {real(content), real(style)};
  options.story.search.sampling = sampling(sampling_name);
  check(options.list_genres || !options.photos.empty(), ErrorCode::usage,
        "no photograph given; try: p2s-generate PHOTO --genre thriller");
  return options;
}

}  // namespace p2s
