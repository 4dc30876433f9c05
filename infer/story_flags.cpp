#include "infer/story_flags.h"

#include "nn/compute.h"

namespace p2s {

void add_story_flags(CommandLine& line, StoryOptions& story) {
  SearchOptions& search = story.search;
  line.whole("--words", search.rules.words, 1, 10'000,
             "the story stops at the first sentence end after so many words");
  line.whole("--captions", story.captions, 1, 1000, "captions that the story starts from");
  line.whole("--told", story.told, 0, 256,
             "captions that the pack's captioner tells beside them, if it has one");
  line.read(
      "--sampling", [&](const std::string& text) { search.sampling = sampling(text); },
      name(search.sampling), "greedy, beam, top-k, top-p");
  line.whole("--beam-width", search.beam_width, 1, 256, "beam: drafts kept side by side");
  line.whole("--top-k", search.top_k, 1, 1'000'000, "top-k: choose among so many likeliest words");
  line.number("--top-p", search.top_p, 1e-6, 1,
              "top-p: choose among the likeliest words of this probability together");
  line.number("--temperature", search.temperature, 0, 100,
              "below 1 plays safe, above 1 dares more; 0 is greedy");
  line.whole("--seed", search.seed, "the same seed tells the same story");
  line.whole("--candidates", search.stories, 1, 256,
             "tell so many stories and keep the one that fits best");
  line.number("--content-strength", story.strength.content, -100, 100,
              "how much the photograph counts");
  line.number("--style-strength", story.strength.style, -100, 100, "how much the genre counts");
  add_precision_flag(line, story.precision);
}

void add_precision_flag(CommandLine& line, Precision& precision) {
  const auto use = [&](const std::string& text) {
    precision = precision_named(text, {Precision::fp32, Precision::bf16, Precision::int8});
  };
  line.read("--precision", use, std::string(name(precision)),
            "of the decoder's weights: fp32, bf16 (where the processor has it), int8");
}

}  // namespace p2s
