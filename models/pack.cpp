#include "models/pack.h"

#include "nn/base/error.h"

namespace p2s {
namespace {

constexpr const char* kCaptionStyle = "captions";
constexpr const char* kPassageStyle = "passages";
constexpr const char* kCaptionerWords = "captioner_words";

// Tables with a row a word take one byte a number: their rows differ much in size, and theirs is
// most of the pack. So do the matrices of the recurrence that reads captions, which is used to find
// photographs only. All other weights are half precision.
Storing storing_of(const std::string& parameter) {
  const bool table = parameter.ends_with("words") || parameter.ends_with("output.weight");
  const bool reads_captions =
      parameter.starts_with("sentence.gru.") && !parameter.ends_with("bias");
  return table || reads_captions ? Storing::i8 : Storing::f16;
}

// The decoder's products are of bytes when it tells a story (PassageDecoder::pack): so are its
// matrices here.
void write_decoder(ModelFileWriter& file, PassageDecoder& decoder) {
  write_config(file, decoder.config);
  for (const NamedParameter& p : parameters_of(decoder)) {
    const bool matrix = p.var.shape().rank() == 2;
    write_parameters(file, "decoder", {p}, matrix ? Storing::i8 : Storing::f16);
  }
}

template <class Module>
void write_module(ModelFileWriter& file, const std::string& group, Module& module,
                  const std::string& prefix = "") {
  for (const NamedParameter& p : parameters_of(module, prefix)) {
    write_parameters(file, group, {p}, storing_of(p.name));
  }
}

void require_fitting_pool(const Pack& p) {
  const int64_t size = p.vse.image_weight.shape()[1];
  check(p.caption_vectors.shape() == Shape({int64_t(p.captions.size()), size}), ErrorCode::usage,
        "pack: {} captions with vectors {}, [captions,{}] is needed", p.captions.size(),
        p.caption_vectors.shape(), size);
}

void require_fitting(const Pack& p) {
  const auto words = int64_t(p.words.words.size());
  check(words == p.encoder.words() && words == p.decoder.config.vocabulary, ErrorCode::usage,
        "pack: {} words, but the encoder has {} and the decoder {}", words, p.encoder.words(),
        p.decoder.config.vocabulary);
  check(p.genres.size() == p.genre_styles.size() &&
            int64_t(p.genres.size()) == p.decoder.config.genres,
        ErrorCode::usage, "pack: {} genres, {} genre styles, a decoder of {} genres",
        p.genres.size(), p.genre_styles.size(), p.decoder.config.genres);
  check(p.decoder.config.thought == p.encoder.size(), ErrorCode::usage,
        "pack: the decoder wants thought vectors of {}, the encoder makes {}",
        p.decoder.config.thought, p.encoder.size());
  const auto read = p.vse.reads_text() ? p.vse.config.vocabulary : 0;
  check(int64_t(p.caption_words.words.size()) == read, ErrorCode::usage,
        "pack: {} words of captions, the embedding reads {}", p.caption_words.words.size(), read);
  require_same_encoder(p.caption_style, p.passage_style.encoder);
  for (const Style& style : p.genre_styles) require_same_encoder(style, p.passage_style.encoder);
}

void write_vse(ModelFileWriter& file, Pack& pack) {
  if (pack.vse.reads_text()) {
    write_config(file, pack.vse.config);
    write_words(file, pack.caption_words, kCaptionWords);
  }
  write_module(file, "vse", pack.vse);
}

void read_vse_into(Pack& pack, const ModelFileReader& file, Device device, bool text_side) {
  if (text_side && file.has_attribute("vse.vocabulary")) {
    pack.vse = read_vse(file, device);
    pack.caption_words = read_vse_words(file);
  } else {
    pack.vse.image_weight = file.tensor("vse/image_weight", device);
    pack.vse.image_bias = file.tensor("vse/image_bias", device);
  }
}

// The vectors are one byte a number in the file: packed so they lose nothing.
void read_pool(Pack& pack, const ModelFileReader& file, Device device, bool packed) {
  pack.captions = file.texts("pool/captions");
  pack.caption_vectors = file.tensor("pool/vectors", device);
  require_fitting_pool(pack);
  if (!packed) return;
  pack.packed_captions =
      std::make_shared<const PackedWeight>(pack.caption_vectors, true, Precision::int8);
  pack.caption_vectors = {};
  kernels(device).give_back();
}

Style renamed(Style style, const std::string& name) {
  style.name = name;
  return style;
}

std::string genre_style(const std::string& genre) { return "genre." + genre; }

ModelFileReader open_pack(const std::filesystem::path& path) {
  ModelFileReader file(path);
  check(file.has_attribute("kind") && file.attribute("kind") == "pack", ErrorCode::format,
        "{}: is a model file but no pack; make one with p2s-train pack", path.string());
  return file;
}

}  // namespace

std::vector<real> Pack::caption_scores(const Tensor& query) const {
  if (packed_captions) return packed_captions->multiply(query).to_host();
  check(query.shape() == Shape({1, caption_vectors.shape()[1]}), ErrorCode::shape,
        "retrieval: a query {} for caption vectors {}", query.shape(), caption_vectors.shape());
  Tape tape(query.device());
  return matmul(tape, caption_vectors, query.reshaped({query.elements(), 1})).value.to_host();
}

void write_pack(const std::filesystem::path& path, Pack& pack) {
  require_fitting_pool(pack);
  require_fitting(pack);
  ModelFileWriter file(path);
  file.attribute("kind", "pack");
  file.texts("card", {pack.card});
  file.texts("genres", pack.genres);
  write_words(file, pack.words);
  write_convnet(file, pack.convnet, Storing::f16);
  write_vse(file, pack);
  file.texts("pool/captions", pack.captions);
  file.tensor("pool/vectors", pack.caption_vectors, Storing::i8);
  write_thought_encoder(file, pack.encoder, storing_of);
  if (pack.content_words.defined()) {
    write_content_words(file, pack.content_words, Storing::i8);
  }
  write_decoder(file, pack.decoder);
  if (pack.captioner) {
    write_words(file, pack.captioner->words, kCaptionerWords);
    write_config(file, pack.captioner->model.config);
    write_module(file, "captioner", pack.captioner->model);
  }
  write_style(file, renamed(pack.caption_style, kCaptionStyle));
  write_style(file, renamed(pack.passage_style, kPassageStyle));
  for (size_t i = 0; i < pack.genres.size(); ++i) {
    write_style(file, renamed(pack.genre_styles[i], genre_style(pack.genres[i])));
  }
  file.finish();
}

Pack read_pack(const std::filesystem::path& path, Device device, Precision telling) {
  const ModelFileReader file = open_pack(path);
  Pack pack;
  // First, while there is nothing else in memory.
  pack.decoder = read_passage_decoder(file, device);
  if (telling != Precision::fp32) {
    pack.decoder.pack(telling);
    pack.decoder.drop_unpacked();
    kernels(device).give_back();
  }
  pack.card = file.texts("card").at(0);
  pack.genres = file.texts("genres");
  pack.words = read_words(file);
  pack.convnet = read_convnet(file, device);
  read_vse_into(pack, file, device, telling == Precision::fp32);
  read_pool(pack, file, device, telling != Precision::fp32);
  pack.encoder = read_thought_encoder(file, device);
  pack.content_words = read_content_words(file, device);
  if (file.has_attribute("captioner.vocabulary")) {
    pack.captioner = {read_captioner(file, device), read_words(file, kCaptionerWords)};
  }
  pack.caption_style = read_style(file, kCaptionStyle, device);
  pack.passage_style = read_style(file, kPassageStyle, device);
  for (const std::string& genre : pack.genres) {
    pack.genre_styles.push_back(renamed(read_style(file, genre_style(genre), device), genre));
  }
  require_fitting(pack);
  return pack;
}

std::string read_pack_card(const std::filesystem::path& path) {
  return open_pack(path).texts("card").at(0);
}

std::vector<std::string> read_pack_genres(const std::filesystem::path& path) {
  return open_pack(path).texts("genres");
}

}  // namespace p2s
