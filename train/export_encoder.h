#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace p2s {

struct ExportEncoderOptions {
  std::filesystem::path encoder;  // model.h5 of a skipthought run, or a pack
  std::filesystem::path out;
  std::string storing = "half";  // float, half
};

// Writes the sentence encoder of a model file alone, with its words: a run's decoders, which it was
// trained with, are most of its model.h5. The words that p2s-train expand taught it lie in a file
// beside it, with the ending .words, and are copied as they are.
void export_encoder(const ExportEncoderOptions& options);

// p2s-train export-encoder
void export_encoder_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s
