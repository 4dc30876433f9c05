#include "infer/eval_stories_options.h"

#include <sstream>

#include "infer/story_flags.h"
#include "nn/base/error.h"

namespace p2s {

EvalStoriesOptions parse_eval_stories_options(const std::vector<std::string>& arguments) {
  EvalStoriesOptions options;
  CommandLine line(
      "p2s-eval stories", "Tells stories for photographs in every genre, and measures them.",
      "  p2s-eval stories captions_val.json --limit 100 --vse runs/vse/model.h5 --corpus books/ "
      "\\\n"
      "    --content-strength 1.5 --stories stories.jsonl\n");
  line.positional("photos", options.photos, "a folder of photographs, or a COCO caption file");
  line.path("--pack", options.pack, "model pack (default: $P2S_PACK, else packs/*.h5)");
  line.path("--vse", options.vse,
            "model.h5 of a vse run, best another than the pack's: finds photographs by stories");
  line.path("--convnet", options.convnet,
            "convnet whose features --vse reads (default: its own, else the pack's)");
  line.path("--corpus", options.corpus, "books by genre: recognises genres by words");
  line.path("--stories", options.stories, "write the stories here, as JSON lines");
  line.whole("--limit", options.limit, 1, 1'000'000,
             "use so many photographs, in the order of their names");
  line.whole("--skip", options.skip, 0, 1'000'000, "pass over so many photographs first");
  add_story_flags(line, options.story);
  add_compute_flags(line, options.compute);
  std::ostringstream help;
  line.parse(arguments, help);
  options.help = help.str();
  check(!options.help.empty() || !options.photos.empty(), ErrorCode::usage,
        "no folder of photographs or caption file given; see p2s-eval stories --help");
  return options;
}

}  // namespace p2s
