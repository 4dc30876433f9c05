#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/captions.h"
#include "data/vocabulary.h"
#include "models/convnet.h"
#include "models/sentence_batch.h"

namespace p2s {

// The captions of a text file, one a line; blank lines are passed over.
std::vector<std::string> read_caption_lines(const std::filesystem::path& file);

// The files to train and to validate on: of all of `coco` (find_captions), `validation` in place of
// what lies beside them unless it is empty.
CaptionSplit caption_split(const std::vector<std::filesystem::path>& coco,
                           const std::filesystem::path& validation);

// Several caption files as one set.
CaptionSet read_caption_files(const std::vector<std::filesystem::path>& files);

// Words as the visual-semantic embedding reads them, <eos> last.
std::vector<int32_t> caption_ids(const Vocabulary& vocabulary, const std::string& caption);

// Photographs' features, and captions that each belong to one of them.
struct CaptionedFeatures {
  Tensor features;                           // [images, F]
  std::vector<int64_t> map;                  // [L,C] or [H,W,C] of a row, where it is a map
  std::vector<std::filesystem::path> paths;  // of each image; none where features come from a file
  std::vector<int32_t> image;                // of each caption
  std::vector<std::string> texts;            // of each caption
  std::vector<std::vector<int32_t>> words;   // of each caption; filled in by encode()
  int64_t images() const { return features.shape()[0]; }
  void encode(const Vocabulary& vocabulary);
  std::vector<int32_t> lengths() const;
  SentenceBatch batch(const std::vector<int64_t>& captions) const;
  std::vector<int32_t> images_of(const std::vector<int64_t>& captions) const;
  std::string fingerprint() const;
};

// All caption files as one set. Photographs that cannot be read, and those without a caption, are
// left out.
CaptionedFeatures captioned_features(const std::vector<std::filesystem::path>& files,
                                     ConvNet& convnet);

// Several sets as one; Error(usage) if their features are of different sizes.
CaptionedFeatures joined(const std::vector<CaptionedFeatures>& parts);

// Without validation captions one photograph in so many is held out.
inline constexpr int64_t kHoldOutEvery = 10;
// Every n-th photograph of `all` with its captions goes to the second part.
struct CaptionedSplit {
  CaptionedFeatures training, validation;
};
CaptionedSplit hold_out(const CaptionedFeatures& all, int64_t every);

}  // namespace p2s
