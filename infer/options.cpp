#include "infer/options.h"

#include <sstream>

#include "infer/story_flags.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

constexpr const char* kExamples =
    "  p2s-generate beach.jpg --genre romance\n"
    "  p2s-generate beach.jpg --genre thriller --words 150 --seed 7 --explain\n"
    "  p2s-generate *.jpg --genre scifi --json > stories.jsonl\n"
    "  p2s-generate beach.jpg --sampling beam --beam-width 6\n"
    "  p2s-generate beach.jpg --genre thriller:0.7,scifi:0.3\n"
    "  p2s-generate --genre help\n";

}  // namespace

GenerateOptions parse_generate_options(const std::vector<std::string>& arguments) {
  GenerateOptions options;
  CommandLine line("p2s-generate", "Tells a story for a photograph, in the style of a genre.",
                   kExamples);
  line.positionals("photo", options.photos, "photographs: JPEG, PNG, BMP or GIF");
  line.text("--genre", options.story.genre,
            "one of the pack's genres (default: its first), or several with their shares; "
            "\"help\" lists them");
  line.path("--pack", options.pack, "model pack (default: $P2S_PACK, else packs/*.h5)");
  add_story_flags(line, options.story);
  add_compute_flags(line, options.compute);
  line.flag("--json", options.json, "one JSON object a photograph, on one line");
  line.flag("--explain", options.explain, "also the captions with scores, and the timings");
  std::ostringstream help;
  line.parse(arguments, help);
  options.help = help.str();
  options.list_genres = options.story.genre == "help";
  check(!options.help.empty() || options.list_genres || !options.photos.empty(), ErrorCode::usage,
        "no photograph given; try: p2s-generate PHOTO --genre thriller");
  return options;
}

}  // namespace p2s
