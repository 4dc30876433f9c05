#include "infer/photo_captioner.h"

#include "features/photo_pixels.h"
#include "nn/base/error.h"

namespace p2s {

std::string caption_text(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    // The Penn Treebank's second halves: man 's, do n't.
    const bool half = word.starts_with("'") || word == "n't";
    if (!text.empty() && !half) text += ' ';
    text += word;
  }
  if (text.empty()) return text;
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = char(text[0] - 'a' + 'A');
  return text + ".";
}

PhotoCaptioner::PhotoCaptioner(ConvNet convnet, const Captioner& captioner, const WordList& words)
    : convnet_(std::move(convnet)),
      words_(words.words),
      decoder_(std::make_unique<CaptionDecoder>(captioner)) {
  const CaptionerConfig& c = captioner.config;
  const Shape shape = map_shape();
  check(shape[1] * shape[2] == c.places && shape[3] == c.features, ErrorCode::usage,
        "captioner: it looks at {} places of {} numbers, the convnet's layer {} has {} of {}; give "
        "the convnet that it was trained with",
        c.places, c.features, c.layer, shape[1] * shape[2], shape[3]);
  check(int64_t(words_.size()) == c.vocabulary, ErrorCode::usage,
        "captioner: {} words for a vocabulary of {}", words_.size(), c.vocabulary);
}

Tensor PhotoCaptioner::maps(const std::vector<Image>& photos) const {
  const CaptionerConfig& c = decoder_->config();
  const Device device = convnet_.device();
  Tape tape(device);
  const Tensor made = convnet_.layer(tape, photo_pixels(photos, input(), device), c.layer).value;
  return made.reshaped({int64_t(photos.size()), c.places, c.features});
}

Tensor PhotoCaptioner::features(const Tensor& maps) const {
  Tape tape(maps.device());
  const Var at_layer = maps.reshaped(map_shape().with(0, maps.shape()[0]));
  return convnet_.features(tape, at_layer, convnet_.layer_index(decoder_->config().layer) + 1)
      .value;
}

std::vector<std::vector<PhotoCaption>> PhotoCaptioner::captions(
    const Tensor& maps, const CaptionSearch& options) const {
  std::vector<std::vector<PhotoCaption>> all;
  for (const std::vector<FoundCaption>& of_photo : search_captions(*decoder_, maps, options)) {
    auto& told = all.emplace_back();
    for (const FoundCaption& found : of_photo) {
      PhotoCaption caption;
      caption.ids = found.words;
      for (int32_t id : found.words) caption.words.push_back(words_[size_t(id)]);
      caption.text = caption_text(caption.words);
      caption.log_probability = found.log_probability;
      caption.score = found.score;
      told.push_back(std::move(caption));
    }
  }
  return all;
}

CaptionLooks PhotoCaptioner::looks(const Tensor& map, const PhotoCaption& caption) const {
  return caption_looks(*decoder_, map, caption.ids);
}

}  // namespace p2s
