#include "infer/story.h"

#include <algorithm>

#include "data/tokenizer.h"
#include "infer/candidates.h"
#include "infer/passage_words.h"
#include "nn/base/error.h"

namespace p2s {

Storyteller::Storyteller(Pack pack)
    : pack_(std::move(pack)),
      vocabulary_(pack_.words.words, pack_.words.spellings, pack_.words.counts),
      classes_(pack_.words.words),
      encoder_(pack_.encoder, pack_.content_words, pack_.words.counts) {}

int32_t Storyteller::genre(const std::string& name) const {
  const auto& genres = pack_.genres;
  if (name.empty()) return 0;
  const auto found = std::find(genres.begin(), genres.end(), name);
  check(found != genres.end(), ErrorCode::usage, "--genre: the pack has no \"{}\"; it has: {}",
        name, fmt::join(genres, ", "));
  return int32_t(found - genres.begin());
}

Tensor Storyteller::features(const Image& photo) const {
  const int64_t size = input();
  const Device device = pack_.image_weight.device();
  std::vector<float> pixels(size_t(size * size * 3));
  to_floats(squash(photo, size), pixels.data());
  const std::vector<real> values(pixels.begin(), pixels.end());
  Tape tape(device);
  return pack_.convnet(tape, Tensor({1, size, size, 3}, device, values)).value;
}

Tensor Storyteller::embed(const Tensor& features) const {
  Vse image_side;
  image_side.image_weight = pack_.image_weight;
  image_side.image_bias = pack_.image_bias;
  Tape tape(features.device());
  return image_side.embed_images(tape, features).value;
}

PhotoContent Storyteller::look(const Image& photo, int64_t count) const {
  PhotoContent content;
  StageClock clock(content.timings);
  content.features = features(photo);
  const Tensor query = embed(content.features);
  clock.done("features");
  content.captions = nearest_captions(pack_.captions, pack_.caption_vectors, query, count);
  clock.done("captions");
  Sentences sentences;
  for (const RetrievedCaption& caption : content.captions) {
    sentences.push_back(vocabulary_.ids(tokenize(caption.text)));
  }
  content.vectors = encoder_({sentences});
  clock.done("encoding");
  return content;
}

PassageCondition Storyteller::condition(const StoryRequest& request,
                                        const ShiftStrength& strength) const {
  const int32_t id = genre(request.genre);
  return shift(request.content->vectors, pack_.caption_style, pack_.genre_styles[size_t(id)],
               pack_.passage_style, strength, {id});
}

Story Storyteller::finished(const StoryRequest& request, std::span<const StoryDraft> drafts) const {
  const Judgement best = best_candidate(drafts, request.content->vectors, encoder_,
                                        pack_.caption_style, pack_.passage_style);
  Story story;
  story.ids = drafts[best.draft].ids();
  story.text = text(story.ids);
  story.genre = pack_.genres[size_t(genre(request.genre))];
  story.seed = request.seed;
  story.captions = request.content->captions;
  story.words = drafts[best.draft].words();
  story.log_probability = best.log_probability;
  story.content_match = best.content_match;
  story.timings = request.content->timings;
  return story;
}

Story Storyteller::tell(const PhotoContent& content, const StoryOptions& options,
                        const OnWord& on_word) const {
  const StoryRequest request{&content, options.genre, options.search.seed};
  Timings timings;
  StageClock clock(timings);
  PassageWords model(pack_.decoder, condition(request, options.strength));
  const std::vector<StoryDraft> drafts = search(model, classes_, options.search, on_word);
  clock.done("story");
  Story story = finished(request, drafts);
  clock.done("choosing");
  story.timings.insert(story.timings.end(), timings.begin(), timings.end());
  return story;
}

std::vector<Story> Storyteller::tell_side_by_side(const std::vector<StoryRequest>& requests,
                                                  const StoryOptions& options) const {
  std::vector<Story> stories;
  if (options.search.sampling == Sampling::beam) {
    StoryOptions one = options;
    for (const StoryRequest& request : requests) {
      one.genre = request.genre;
      one.search.seed = request.seed;
      stories.push_back(tell(*request.content, one));
    }
    return stories;
  }
  std::vector<Var> thoughts, contents;
  PassageCondition all;
  std::vector<uint64_t> seeds;
  for (const StoryRequest& request : requests) {
    const PassageCondition one = condition(request, options.strength);
    thoughts.emplace_back(one.thought), contents.emplace_back(one.content);
    all.genres.push_back(one.genres.front());
    seeds.push_back(request.seed);
  }
  Tape tape(pack_.image_weight.device());
  all.thought = concat(tape, thoughts, 0).value;
  all.content = concat(tape, contents, 0).value;
  PassageWords model(pack_.decoder, all);
  const std::vector<StoryDraft> drafts =
      search_side_by_side(model, classes_, options.search, seeds);
  const auto each = size_t(options.search.stories);
  for (size_t i = 0; i < requests.size(); ++i) {
    stories.push_back(finished(requests[i], {drafts.data() + i * each, each}));
  }
  return stories;
}

std::string Storyteller::text(const std::vector<int32_t>& ids) const {
  std::vector<std::string> tokens;
  for (int32_t id : ids) tokens.push_back(vocabulary_.spelling(id));
  return detokenize(tokens);
}

}  // namespace p2s
