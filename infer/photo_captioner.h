#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/image.h"
#include "models/caption_search.h"
#include "models/convnet.h"
#include "models/model_files.h"

namespace p2s {

// A caption as people write it, and as the captioner told it.
struct PhotoCaption {
  std::string text;                // "A man's dog runs."
  std::vector<std::string> words;  // "a", "man", "'s", "dog", "runs"
  std::vector<int32_t> ids;
  double log_probability = 0, score = 0;  // as in FoundCaption
};

// Words of a captioner (metrics/caption_tokens.h) as a sentence.
std::string caption_text(const std::vector<std::string>& words);

// A convnet and a captioner that looks at one of its layers.
class PhotoCaptioner {
 public:
  // Error(usage) unless the layer is as the captioner was trained.
  PhotoCaptioner(ConvNet convnet, const Captioner& captioner, const WordList& words);
  int64_t input() const { return convnet_.input(); }
  Shape map_shape() const { return convnet_.layer_shape(decoder_->config().layer); }  // [1,H,W,C]

  // The layer's maps [I,H*W,C] of photographs, squashed here unless they are already.
  Tensor maps(const std::vector<Image>& photos) const;
  // The convnet's vector of each photograph [I,F], from its maps.
  Tensor features(const Tensor& maps) const;
  // The best captions of each, best first.
  std::vector<std::vector<PhotoCaption>> captions(const Tensor& maps,
                                                  const CaptionSearch& options) const;
  // Where it looks for each word of a caption of one image.
  CaptionLooks looks(const Tensor& map, const PhotoCaption& caption) const;

 private:
  ConvNet convnet_;
  std::vector<std::string> words_;
  std::unique_ptr<const CaptionDecoder> decoder_;
};

}  // namespace p2s
