#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/image.h"
#include "data/vocabulary.h"
#include "infer/genre_mix.h"
#include "infer/photo_captioner.h"
#include "infer/retrieval.h"
#include "infer/search.h"
#include "infer/timings.h"
#include "models/pack.h"
#include "models/passage_vectors.h"

namespace p2s {

struct StoryOptions {
  std::string genre;  // or a mix of several (infer/genre_mix.h); empty: the pack's first
  int64_t captions = 10;
  int64_t told = 8;  // captions of the pack's captioner beside them, if it has one
  ShiftStrength strength;
  // Of the decoder's weights. int8 reads a quarter of the bytes, which a story's speed is bound by.
  Precision precision = Precision::int8;
  SearchOptions search;  // search.stories candidates are told, the best is kept
};

// What a photograph shows: the nearest captions, those told of it, and the vectors of all together
// (one row).
struct PhotoContent {
  Tensor features;  // of the convnet, [1,F]
  std::vector<RetrievedCaption> captions;
  std::vector<PhotoCaption> told;
  PassageVectors vectors;
  Timings timings;
};

struct Story {
  std::string text;
  std::vector<int32_t> ids;  // its words in the pack's vocabulary
  std::string genre;
  uint64_t seed = 0;
  std::vector<RetrievedCaption> captions;
  std::vector<PhotoCaption> told;
  int64_t words = 0;
  double log_probability = 0, content_match = 0, genre_match = 0;  // see Judgement
  Timings timings;                                                 // the content's too
};

// A story to tell among others.
struct StoryRequest {
  const PhotoContent* content = nullptr;
  std::string genre;
  uint64_t seed = 0;
};

// Tells stories with the models of one pack.
class Storyteller {
 public:
  explicit Storyteller(Pack pack);

  const Pack& pack() const { return pack_; }
  const Vocabulary& vocabulary() const { return vocabulary_; }
  const PassageEncoder& encoder() const { return encoder_; }

  int64_t input() const { return pack_.convnet.input(); }  // size that photographs are brought to
  // See infer/genre_mix.h; Error(usage) lists the pack's genres.
  std::vector<GenreShare> genre_mix(const std::string& text) const;
  // Convnet, projection, the `count` nearest captions, those of the captioner's best `told` that
  // they confirm (infer/confirmed_captions.h) and that do not say nearly the same, their vectors.
  // `photo` is squashed to size.
  PhotoContent look(const Image& photo, int64_t count, int64_t told = 0) const;
  // `on_word` gets the words so far, after each word, when one story is told without beam search.
  Story tell(const PhotoContent& content, const StoryOptions& options,
             const OnWord& on_word = {}) const;
  // Each as tell() would with this genre and seed, but for rounding; side by side, which is many
  // times faster, unless by beam.
  std::vector<Story> tell_side_by_side(const std::vector<StoryRequest>& requests,
                                       const StoryOptions& options) const;
  // Word ids as people write them.
  std::string text(const std::vector<int32_t>& ids) const;

 private:
  Tensor features(const Image& photo) const;   // [1,F]
  Tensor embed(const Tensor& features) const;  // [1,E], a unit row
  void keep_confirmed(std::vector<PhotoCaption>& told, const Sentences& found) const;
  Style mixed_style(const std::vector<GenreShare>& mix) const;
  PassageCondition condition(const StoryRequest& request, const ShiftStrength& strength) const;
  Story finished(const StoryRequest& request, std::span<const StoryDraft> drafts) const;

  Pack pack_;
  Vocabulary vocabulary_;
  WordClasses classes_;
  PassageEncoder encoder_;
  std::optional<PhotoCaptioner> captioner_;
};

}  // namespace p2s
