#include "infer/eval_stories_options.h"

#include "infer/story_flags.h"
#include "nn/base/error.h"

namespace p2s {

EvalStoriesOptions parse_eval_stories_options(const std::vector<std::string>& arguments) {
  EvalStoriesOptions options;
  CLI::App app("Tells stories for photographs in every genre, and measures them.",
               "p2s-eval stories");
  app.footer(
      "Example:\n"
      "  p2s-eval stories captions_val.json --limit 100 --vse runs/vse/model.h5 --corpus books/ "
      "\\\n"
      "    --content-strength 1.5 --stories stories.jsonl\n");
  app.add_option("photos", options.photos, "a folder of photographs, or a COCO caption file");
  app.add_option("--pack", options.pack, "model pack (default: $P2S_PACK, else packs/*.h5)");
  app.add_option("--vse", options.vse,
                 "model.h5 of a vse run, best another than the pack's: finds photographs by "
                 "stories");
  app.add_option("--corpus", options.corpus, "books by genre: recognises genres by words");
  app.add_option("--stories", options.stories, "write the stories here, as JSON lines");
  app.option_defaults()->always_capture_default();
  app.add_option("--limit", options.limit, "use so many photographs, in the order of their names")
      ->check(number_between(1, 1e6));
  app.add_option("--skip", options.skip, "pass over so many photographs first")
      ->check(number_between(0, 1e6));
  add_story_flags(app, options.story);
  add_threads_flag(app, options.threads);
  options.help = parse_flags(app, arguments);
  check(!options.help.empty() || !options.photos.empty(), ErrorCode::usage,
        "no folder of photographs or caption file given; see p2s-eval stories --help");
  return options;
}

}  // namespace p2s
