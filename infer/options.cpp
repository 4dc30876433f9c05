#include "infer/options.h"

#include "infer/story_flags.h"
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

}  // namespace

GenerateOptions parse_generate_options(const std::vector<std::string>& arguments) {
  GenerateOptions options;
  CLI::App app("Tells a story for a photograph, in the style of a genre.", "p2s-generate");
  app.footer(kExamples);
  app.add_option("photo", options.photos, "photographs: JPEG, PNG, BMP or GIF");
  app.add_option("--genre", options.story.genre,
                 "one of the pack's genres (default: its first); \"help\" lists them");
  app.add_option("--pack", options.pack, "model pack (default: $P2S_PACK, else packs/*.h5)");
  app.option_defaults()->always_capture_default();
  add_story_flags(app, options.story);
  add_threads_flag(app, options.threads);
  app.add_flag("--json", options.json, "one JSON object a photograph, on one line");
  app.add_flag("--explain", options.explain, "also the captions with scores, and the timings");
  options.help = parse_flags(app, arguments);
  options.list_genres = options.story.genre == "help";
  check(!options.help.empty() || options.list_genres || !options.photos.empty(), ErrorCode::usage,
        "no photograph given; try: p2s-generate PHOTO --genre thriller");
  return options;
}

}  // namespace p2s
