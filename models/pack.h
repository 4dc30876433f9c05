#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/convnet.h"
#include "models/model_files.h"
#include "models/style.h"
#include "nn/packed_weight.h"

namespace p2s {

// All that a story needs in one file: convnet, VSE, the caption pool with its vectors, sentence
// encoder, decoder, styles, words, a card, and perhaps a captioner. Weights are half precision, the
// pool's vectors, the word tables, the decoder's matrices and those of the embedding's text side
// one byte a number with a scale a row.
struct Pack {
  // A captioner that looks at a layer of the pack's convnet, and the words that it tells.
  struct Captions {
    Captioner model;
    WordList words;
  };

  ConvNet convnet;
  Vse vse;                            // packs of before have its image side only
  WordList caption_words;             // what its text side reads
  std::vector<std::string> captions;  // the pool
  Tensor caption_vectors;             // [P,E], unit rows; undefined where they are packed
  std::shared_ptr<const PackedWeight> packed_captions;
  ThoughtEncoder encoder;
  Tensor content_words;  // [V,D]; undefined: the encoder's word table
  PassageDecoder decoder;
  std::optional<Captions> captioner;
  WordList words;                      // of encoder and decoder
  std::vector<std::string> genres;     // the decoder's genre ids, in order
  Style caption_style, passage_style;  // all captions; all passages
  std::vector<Style> genre_styles;     // one a genre, same order
  std::string card;                    // Markdown: trained on what, figures, licences

  // Of each caption of the pool its dot product with the query [1,E].
  std::vector<real> caption_scores(const Tensor& query) const;
};

// Error(usage) unless the parts fit each other and all styles were made with one encoder.
void write_pack(const std::filesystem::path& path, Pack& pack);
// Unless `telling` is fp32 the pack tells stories and cannot be written again: the decoder's
// weights and the pool's vectors are packed in it and their own not kept, and the embedding's text
// side is not read.
Pack read_pack(const std::filesystem::path& path, Device device,
               Precision telling = Precision::fp32);
// Just the card and the genres, without the weights.
std::string read_pack_card(const std::filesystem::path& path);
std::vector<std::string> read_pack_genres(const std::filesystem::path& path);

}  // namespace p2s
