#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/vocabulary.h"
#include "features/caption_data.h"
#include "features/image_features.h"
#include "metrics/scored_caption.h"
#include "models/captioner.h"

namespace p2s {

// Photographs' annotation maps, and the captions of each.
struct CaptionedMaps {
  ImageMaps maps;
  std::vector<std::filesystem::path> paths;
  std::vector<std::vector<Tokens>> tokens;               // of each photograph's captions
  std::vector<std::vector<std::vector<int32_t>>> words;  // as ids, <eos> last; by encode()
  int64_t images() const { return int64_t(tokens.size()); }
  int64_t captions() const;
  void encode(const Vocabulary& vocabulary);
  // All captions of some photographs, which have these maps [I,L,F]; longest first.
  CaptionBatch batch(const Var& maps, const std::vector<int64_t>& images) const;
  std::string fingerprint() const;
};

// Other captions of photographs with these maps: captions[i] belongs to maps[i / each].
CaptionBatch caption_batch(const Var& maps, const std::vector<std::vector<int32_t>>& captions,
                           int64_t each, const std::vector<real>& weights);

// The captions of all files, cut into words as they are scored (metrics/caption_tokens.h), and a
// convnet layer's maps of the photographs. Those that cannot be read, and those without a caption,
// are left out.
CaptionedMaps captioned_maps(const std::vector<std::filesystem::path>& files, ConvNet& convnet,
                             const std::string& layer);
// Of features that came from a file: maps, or a vector as the only place.
CaptionedMaps captioned_maps(const CaptionedFeatures& features);

// Every n-th photograph goes to the second part.
struct CaptionedMapsSplit {
  CaptionedMaps training, validation;
};
CaptionedMapsSplit hold_out(const CaptionedMaps& all, int64_t every);

}  // namespace p2s
