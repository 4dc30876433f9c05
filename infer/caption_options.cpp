#include "infer/caption_options.h"

#include <algorithm>
#include <sstream>

#include "nn/base/command_line.h"
#include "nn/base/error.h"

namespace p2s {

CaptionOptions parse_caption_options(const std::vector<std::string>& arguments) {
  CaptionOptions o;
  CommandLine line(
      "p2s-caption", "Says in a sentence what a photograph shows.",
      "  p2s-caption beach.jpg\n"
      "  p2s-caption holiday/ --json > captions.jsonl\n"
      "  p2s-caption beach.jpg --best 3 --beam 5 --heatmaps looks/\n"
      "  p2s-caption captions_val.json --results results.json && p2s-eval captions \\\n"
      "    --references captions_val.json --candidates results.json\n");
  line.positionals("photo", o.photos,
                   "photographs (JPEG, PNG, BMP or GIF), folders of them, COCO caption files");
  line.path("--pack", o.pack, "model pack (default: $P2S_PACK, else packs/*.h5)");
  line.path("--captioner", o.captioner, "model.h5 of a captioner run, instead of the pack's");
  line.path("--convnet", o.convnet,
            "with --captioner: the convnet file that it was trained with (default: its own, where "
            "--finetune gave it one)");
  line.path("--heatmaps", o.heatmaps,
            "write here where it looked: a picture a word, and a sheet a photograph");
  line.path("--results", o.results,
            "write COCO's result file for p2s-eval captions; the photographs are those of a "
            "caption file");
  line.whole("--beam", o.search.beam, 1, 256,
             "captions kept side by side; 1 is greedy and fastest");
  line.number("--length-power", o.search.length_power, 0, 10,
              "captions are ranked by log-probability / length^power; more favours long ones");
  line.whole("--most-words", o.search.most_words, 1, 1000,
             "captions are cut off after so many words");
  line.whole("--best", o.search.best, 1, 256, "so many captions a photograph, the best first");
  add_compute_flags(line, o.compute);
  line.flag("--json", o.json, "one JSON object a photograph, on one line");
  std::ostringstream help;
  if (!line.parse(arguments, help)) {
    o.help = help.str();
    return o;
  }
  check(!o.photos.empty(), ErrorCode::usage, "no photograph given; try: p2s-caption PHOTO");
  check(o.convnet.empty() || !o.captioner.empty(), ErrorCode::usage,
        "--convnet belongs to a --captioner; give both, or a pack");
  o.search.beam = std::max(o.search.beam, o.search.best);
  return o;
}

}  // namespace p2s
