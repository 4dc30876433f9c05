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
      encoder_(pack_.encoder, pack_.words.counts) {}

int32_t Storyteller::genre(const std::string& name) const {
  const auto& genres = pack_.genres;
  if (name.empty()) return 0;
  const auto found = std::find(genres.begin(), genres.end(), name);
  check(found != genres.end(), ErrorCode::usage, "--genre: the pack has no \"{}\"; it has: {}",
        name, fmt::join(genres, ", "));
  return int32_t(found - genres.begin());
}

Tensor Storyteller::embed(const Image& photo) const {
  constexpr int64_t kSize = EfficientNetLite::kInput;
  const Device device = pack_.image_weight.device();
  std::vector<float> pixels(size_t(kSize * kSize * 3));
  to_floats(squash(photo, kSize), pixels.data());
  const std::vector<real> values(pixels.begin(), pixels.end());
  Tape tape(device);
  const Var features = pack_.convnet(tape, Tensor({1, kSize, kSize, 3}, device, values));
  Vse image_side;
  image_side.image_weight = pack_.image_weight;
  image_side.image_bias = pack_.image_bias;
  return image_side.embed_images(tape, features).value;
}

PhotoContent Storyteller::look(const Image& photo, int64_t count) const {
  PhotoContent content;
  StageClock clock(content.timings);
  content.embedding = embed(photo);
  clock.done("features");
  content.captions =
      nearest_captions(pack_.captions, pack_.caption_vectors, content.embedding, count);
  clock.done("captions");
  Sentences sentences;
  for (const RetrievedCaption& caption : content.captions) {
    sentences.push_back(vocabulary_.ids(tokenize(caption.text)));
  }
  content.vectors = encoder_({sentences});
  clock.done("encoding");
  return content;
}

Story Storyteller::tell(const PhotoContent& content, const StoryOptions& options,
                        const OnWord& on_word) const {
  Story story;
  const int32_t id = genre(options.genre);
  story.genre = pack_.genres[size_t(id)];
  story.seed = options.search.seed;
  story.captions = content.captions;
  story.timings = content.timings;
  StageClock clock(story.timings);
  const PassageCondition condition =
      shift(content.vectors, pack_.caption_style, pack_.genre_styles[size_t(id)],
            pack_.passage_style, options.strength, {id});
  PassageWords model(pack_.decoder, condition);
  const std::vector<StoryDraft> drafts = search(model, classes_, options.search, on_word);
  clock.done("story");
  const Judgement best =
      best_candidate(drafts, content.vectors, encoder_, pack_.caption_style, pack_.passage_style);
  const StoryDraft& told = drafts[best.draft];
  story.ids = told.ids();
  story.text = text(story.ids);
  story.words = told.words();
  story.log_probability = best.log_probability;
  story.content_match = best.content_match;
  clock.done("choosing");
  return story;
}

std::string Storyteller::text(const std::vector<int32_t>& ids) const {
  std::vector<std::string> tokens;
  for (int32_t id : ids) tokens.push_back(vocabulary_.spelling(id));
  return detokenize(tokens);
}

}  // namespace p2s
