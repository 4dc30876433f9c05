#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/model_files.h"

namespace p2s {

// The decoder in `file` (a decoder run's model.h5, or a pack) as the start of a run on `genres`:
// its sizes and weights; a genre it knows keeps its row of the genre table, a new one gets their
// mean. Error(usage) unless it was trained with the same words, and with thought and content
// vectors of the sizes in `wanted`.
PassageDecoder decoder_to_start_from(const std::filesystem::path& file, const WordList& words,
                                     const std::vector<std::string>& genres,
                                     const PassageDecoderConfig& wanted, Device device);

}  // namespace p2s
