#include "train/decoder_start.h"

#include <algorithm>

#include "nn/base/error.h"

namespace p2s {
namespace {

Var genre_table(const Tensor& known_table, const std::vector<std::string>& known,
                const std::vector<std::string>& wanted, Device device) {
  const std::vector<real> rows = known_table.to_host();
  const size_t columns = rows.size() / known.size();
  std::vector<real> table(wanted.size() * columns, 0);
  for (size_t g = 0; g < wanted.size(); ++g) {
    const auto found = std::find(known.begin(), known.end(), wanted[g]);
    for (size_t k = 0; k < known.size(); ++k) {
      const bool own = found == known.begin() + std::ptrdiff_t(k);
      const real share = found == known.end() ? real(1) / real(known.size()) : real(own);
      for (size_t c = 0; c < columns; ++c) table[g * columns + c] += share * rows[k * columns + c];
    }
  }
  return parameter(Tensor({int64_t(wanted.size()), int64_t(columns)}, device, table));
}

}  // namespace

PassageDecoder decoder_to_start_from(const std::filesystem::path& path, const WordList& words,
                                     const std::vector<std::string>& genres,
                                     const PassageDecoderConfig& wanted, Device device) {
  const ModelFileReader file(path);
  PassageDecoder model = read_passage_decoder(file, device);
  check(read_words(file).words == words.words, ErrorCode::usage,
        "--from {}: its decoder was trained with other words than --encoder's; give both the same "
        "pack, or leave --from out",
        path.string());
  check(model.config.thought == wanted.thought && model.config.content == wanted.content,
        ErrorCode::usage,
        "--from {}: its decoder is told {} + {} numbers of a passage, this run {} + {}",
        path.string(), model.config.thought, model.config.content, wanted.thought, wanted.content);
  model.genres = genre_table(model.genres.value, file.texts("genres"), genres, device);
  model.config.genres = int64_t(genres.size());
  model.config.dropout = wanted.dropout;
  return model;
}

}  // namespace p2s
