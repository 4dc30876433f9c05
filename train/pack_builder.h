#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace p2s {

struct PackOptions {
  // A pack whose parts stand for those not given here; then a decoder alone is enough, if it was
  // trained with this pack as its encoder.
  std::filesystem::path from;
  std::filesystem::path convnet, vse, encoder, decoder;  // model files
  std::filesystem::path captioner;                       // may be left out
  std::filesystem::path caption_style;                   // from p2s-train style
  std::filesystem::path pool;                            // captions, one a line
  std::filesystem::path card;                            // Markdown
  std::filesystem::path out;
  int64_t pool_size = 0;  // 0: all
  int64_t seed = 1;
  int threads = 0;
};

// Gathers trained models into one file that p2s-generate reads.
void build_pack(const PackOptions& options);

// p2s-train pack
void pack_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s
