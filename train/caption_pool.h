#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/vocabulary.h"

namespace p2s {

// The captions that photographs will find: none twice, none with a word that the embedding does not
// know, at most `size` chosen at random (0: all), in the order of the file. Error(usage) if none is
// left.
std::vector<std::string> caption_pool(const std::vector<std::string>& captions,
                                      const Vocabulary& vocabulary, int64_t size, uint64_t seed);

}  // namespace p2s
