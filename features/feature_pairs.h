#pragma once

#include <filesystem>
#include <vector>

#include "features/caption_data.h"

namespace p2s {

// Captions with features of their photographs that were computed elsewhere, as VSE and VSE++ were
// published with them: `ims`, NAME_ims.npy, holds the features row by row, vectors or a layer's
// maps (p2s-features writes both), and NAME_caps.txt beside it the captions, one a line. Either
// every photograph stands once and so many captions, five in the published files, follow each other
// for it, or it stands once for each caption: rows that equal the one before are the same
// photograph. Error(io/format) names the file, and the line or the two numbers that do not fit.
CaptionedFeatures read_feature_pair(const std::filesystem::path& ims, Device device);

// The pairs of several files as one set, and those of `validation`; where that is empty, every
// tenth photograph.
CaptionedSplit read_feature_pairs(const std::vector<std::filesystem::path>& training,
                                  const std::filesystem::path& validation, Device device);

}  // namespace p2s
