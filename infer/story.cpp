#include "infer/story.h"

#include <algorithm>
#include <iterator>

#include "data/tokenizer.h"
#include "features/photo_pixels.h"
#include "infer/candidates.h"
#include "infer/confirmed_captions.h"
#include "infer/passage_words.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

constexpr int64_t kBeam = 5;  // at least, of the captioner

template <class Caption>
Sentences sentences_of(const std::vector<Caption>& captions, const Vocabulary& vocabulary) {
  Sentences sentences;
  for (const Caption& caption : captions) {
    sentences.push_back(vocabulary.ids(tokenize(caption.text)));
  }
  return sentences;
}

}  // namespace

Storyteller::Storyteller(Pack pack)
    : pack_(std::move(pack)),
      vocabulary_(pack_.words.words, pack_.words.spellings, pack_.words.counts),
      classes_(pack_.words.words),
      encoder_(pack_.encoder, pack_.content_words, pack_.words.counts) {
  pack_.convnet.pack();
  if (pack_.captioner) {
    captioner_.emplace(pack_.convnet, pack_.captioner->model, pack_.captioner->words);
  }
}

std::vector<GenreShare> Storyteller::genre_mix(const std::string& text) const {
  return parse_genre_mix(text, pack_.genres);
}

Tensor Storyteller::features(const Image& photo) const {
  const Device device = pack_.convnet.device();
  Tape tape(device);
  return pack_.convnet(tape, photo_pixels({photo}, input(), device)).value;
}

Tensor Storyteller::embed(const Tensor& features) const {
  Tape tape(features.device());
  return pack_.vse.embed_images(tape, features).value;
}

void Storyteller::keep_confirmed(std::vector<PhotoCaption>& told, const Sentences& found) const {
  const std::vector<bool> keep =
      confirmed(sentences_of(told, vocabulary_), found, encoder_, pack_.caption_style);
  std::vector<PhotoCaption> kept;
  for (size_t i = 0; i < told.size(); ++i) {
    const auto says_the_same = [&](const PhotoCaption& better) {
      return near_duplicates(better.text, told[i].text);
    };
    if (keep[i] && std::ranges::none_of(kept, says_the_same)) kept.push_back(std::move(told[i]));
  }
  told = std::move(kept);
}

PhotoContent Storyteller::look(const Image& photo, int64_t count, int64_t told) const {
  PhotoContent content;
  StageClock clock(content.timings);
  Tensor maps;
  if (captioner_ && told > 0) {
    maps = captioner_->maps({photo});
    content.features = captioner_->features(maps);
  } else {
    content.features = features(photo);
  }
  const Tensor query = embed(content.features);
  clock.done("features");
  content.captions = nearest_captions(pack_.captions, pack_.caption_scores(query), count);
  clock.done("captions");
  if (maps.defined()) {
    const CaptionSearch search{.beam = std::max(kBeam, told), .best = told};
    content.told = captioner_->captions(maps, search).at(0);
    clock.done("telling captions");
  }
  Sentences sentences = sentences_of(content.captions, vocabulary_);
  keep_confirmed(content.told, sentences);
  std::ranges::move(sentences_of(content.told, vocabulary_), std::back_inserter(sentences));
  content.vectors = encoder_({sentences});
  clock.done("encoding");
  return content;
}

Style Storyteller::mixed_style(const std::vector<GenreShare>& mix) const {
  std::vector<StyleShare> shares;
  for (const GenreShare& g : mix) {
    shares.push_back({&pack_.genre_styles[size_t(g.genre)], real(g.share)});
  }
  return mix_styles(shares, pack_.passage_style);
}

PassageCondition Storyteller::condition(const StoryRequest& request,
                                        const ShiftStrength& strength) const {
  const std::vector<GenreShare> mix = genre_mix(request.genre);
  PassageCondition told = shift(request.content->vectors, pack_.caption_style, mixed_style(mix),
                                pack_.passage_style, strength, {});
  const std::vector<float> weights = genre_weights(mix, pack_.genres.size());
  told.genre_mix = Tensor({1, int64_t(weights.size())}, told.thought.device(),
                          std::vector<real>(weights.begin(), weights.end()));
  return told;
}

Story Storyteller::finished(const StoryRequest& request, std::span<const StoryDraft> drafts) const {
  const Judgement best =
      best_candidate(drafts, request.content->vectors, encoder_, pack_.caption_style,
                     mixed_style(genre_mix(request.genre)), pack_.passage_style);
  Story story;
  story.ids = drafts[best.draft].ids();
  story.text = text(story.ids);
  story.genre = request.genre.empty() ? pack_.genres.front() : request.genre;
  story.seed = request.seed;
  story.captions = request.content->captions;
  story.told = request.content->told;
  story.words = drafts[best.draft].words();
  story.log_probability = best.log_probability;
  story.content_match = best.content_match;
  story.genre_match = best.genre_match;
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
  std::vector<Var> thoughts, contents, genres;
  PassageCondition all;
  std::vector<uint64_t> seeds;
  for (const StoryRequest& request : requests) {
    const PassageCondition one = condition(request, options.strength);
    thoughts.emplace_back(one.thought), contents.emplace_back(one.content);
    genres.emplace_back(one.genre_mix);
    seeds.push_back(request.seed);
  }
  Tape tape(pack_.vse.image_weight.value.device());
  all.thought = concat(tape, thoughts, 0).value;
  all.content = concat(tape, contents, 0).value;
  all.genre_mix = concat(tape, genres, 0).value;
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
