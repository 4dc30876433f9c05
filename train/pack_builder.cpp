#include "train/pack_builder.h"

#include <spdlog/spdlog.h>

#include "features/caption_data.h"
#include "features/sentence_vectors.h"
#include "features/word_list.h"
#include "models/pack.h"
#include "nn/base/command_line.h"
#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/base/parallel.h"
#include "nn/base/progress.h"
#include "nn/base/signals.h"
#include "train/book_options.h"
#include "train/caption_pool.h"

namespace p2s {
namespace {

void require(const std::filesystem::path& path, const char* flag) {
  check(!path.empty(), ErrorCode::usage, "{} is missing; see p2s-train pack --help", flag);
}

// Parts that only make sense together are given together.
void require_parts(const PackOptions& o) {
  require(o.out, "--out");
  if (o.from.empty()) {
    require(o.vse, "--vse"), require(o.encoder, "--encoder");
    if (!has_own_convnet(ModelFileReader(o.vse))) require(o.convnet, "--convnet");
    require(o.decoder, "--decoder"), require(o.card, "--card");
  }
  if (!o.vse.empty() || !o.pool.empty()) require(o.vse, "--vse"), require(o.pool, "--pool");
  if (!o.encoder.empty()) {
    require(o.decoder, "--decoder"), require(o.caption_style, "--caption-style");
  }
  if (!o.card.empty()) require_file(o.card);
}

// The embedding, and the pool's captions with their vectors.
void add_vse(const PackOptions& options, Pack& pack) {
  const ModelFileReader file(options.vse);
  pack.vse = read_vse(file, Device::cpu);
  pack.caption_words = read_vse_words(file);
  check(pack.vse.config.measure == VseConfig::Measure::cosine, ErrorCode::usage,
        "--vse {}: order embeddings cannot find a pack's captions; train one with --measure cosine",
        options.vse.string());
  if (options.convnet.empty() && has_own_convnet(file)) {
    pack.convnet = read_convnet(file, Device::cpu);
  }
  const Vocabulary vocabulary = vocabulary_of(pack.caption_words);
  pack.captions = caption_pool(read_caption_lines(options.pool), vocabulary, options.pool_size,
                               uint64_t(options.seed));
  std::vector<std::vector<int32_t>> words;
  for (const std::string& caption : pack.captions) {
    words.push_back(caption_ids(vocabulary, caption));
  }
  Progress progress("caption vectors", int64_t(words.size()));
  pack.caption_vectors = sentence_vectors(pack.vse, words, [&](int64_t done) {
    progress.update(done);
    throw_if_stopped();
  });
}

void add_decoder(const PackOptions& options, Pack& pack) {
  const ModelFileReader file(options.decoder);
  pack.decoder = read_passage_decoder(file, Device::cpu);
  pack.words = read_words(file);
  pack.genres = file.texts("genres");
  pack.passage_style = read_style(file, "passages", Device::cpu);
  pack.genre_styles.clear();
  for (const std::string& genre : pack.genres) {
    pack.genre_styles.push_back(read_style(file, genre, Device::cpu));
  }
}

void add_captioner(const std::filesystem::path& path, Pack& pack) {
  const ModelFileReader file(path);
  check(!has_own_convnet(file), ErrorCode::usage,
        "--captioner {}: fine-tuned a convnet of its own, a pack has one for all; train it on the "
        "pack's without --finetune",
        path.string());
  pack.captioner = {read_captioner(file, Device::cpu), read_words(file)};
  const CaptionerConfig& c = pack.captioner->model.config;
  const Shape shape = pack.convnet.layer_shape(c.layer);
  check(shape[1] * shape[2] == c.places && shape[3] == c.features, ErrorCode::usage,
        "--captioner {}: looks at {} places of {} numbers, the convnet's layer {} has {} of {}",
        path.string(), c.places, c.features, c.layer, shape[1] * shape[2], shape[3]);
}

// Styles carry the encoder's fingerprint: the decoder's must be of the encoder that goes with it.
void require_encoder_of_decoder(const Pack& pack) {
  const std::string made =
      PassageEncoder(pack.encoder, pack.content_words, pack.words.counts).fingerprint();
  require_same_encoder(pack.passage_style, made);
}

Style only_style(const std::filesystem::path& path) {
  const ModelFileReader file(path);
  const std::vector<std::string> names = style_names(file);
  check(names.size() == 1, ErrorCode::usage,
        "{}: holds {} styles, one is needed; make it with p2s-train style", path.string(),
        names.size());
  return read_style(file, names[0], Device::cpu);
}

}  // namespace

void build_pack(const PackOptions& o) {
  require_parts(o);
  set_threads(o.threads);
  Pack pack = o.from.empty() ? Pack() : read_pack(o.from, Device::cpu);
  if (!o.card.empty()) pack.card = read_file(o.card);
  if (!o.convnet.empty()) {
    pack.convnet = read_convnet(ModelFileReader(o.convnet), Device::cpu);
    pack.convnet.drop_classifier();
  }
  if (!o.encoder.empty()) {
    const ModelFileReader file(o.encoder);
    pack.encoder = read_thought_encoder(file, Device::cpu);
    pack.content_words = read_content_words(file, Device::cpu);
  }
  if (!o.decoder.empty()) {
    add_decoder(o, pack);
    require_encoder_of_decoder(pack);
    // The captions' style is of the same encoder, before it was rounded to go into that pack.
    pack.caption_style.encoder = pack.passage_style.encoder;
    if (o.card.empty()) {
      pack.card = fmt::format("Another decoder ({}) with the rest of this pack:\n\n{}",
                              fmt::join(pack.genres, ", "), pack.card);
    }
  }
  if (!o.caption_style.empty()) pack.caption_style = only_style(o.caption_style);
  if (!o.vse.empty()) add_vse(o, pack);
  if (!o.captioner.empty()) add_captioner(o.captioner, pack);
  write_pack(o.out, pack);
  spdlog::info("{}: {:.1f} MB, genres {}, {} captions", o.out.string(),
               double(std::filesystem::file_size(o.out)) / 1e6, fmt::join(pack.genres, ", "),
               pack.captions.size());
}

void pack_command(const std::vector<std::string>& arguments, std::ostream& out) {
  PackOptions o;
  CommandLine line("p2s-train pack", "Gathers trained models into one file for p2s-generate.",
                   "  p2s-train pack --convnet lite0.h5 --vse runs/vse/model.h5 --encoder "
                   "runs/encoder/model.h5\n      --decoder runs/decoder/model.h5 --caption-style "
                   "captions_style.h5 --pool captions.txt\n      --pool-size 20000 --card card.md "
                   "--out mine.h5\n"
                   "  p2s-train pack --from packs/novels.h5 --decoder runs/western/model.h5 --out "
                   "western.h5\n");
  line.path("--from", o.from,
            "a pack whose parts stand for those not given; a decoder trained with --encoder PACK "
            "is then enough");
  line.path("--convnet", o.convnet,
            "convnet file, from p2s-train import-cnn; not needed with a fine-tuned --vse");
  line.path("--vse", o.vse, "model.h5 of a vse run");
  line.path("--encoder", o.encoder, "model.h5 of the skipthought run the decoder was trained with");
  line.path("--decoder", o.decoder, "model.h5 of a decoder run");
  line.path("--captioner", o.captioner,
            "model.h5 of a captioner run of this convnet: its captions join those found");
  line.path("--caption-style", o.caption_style, "style of captions, from p2s-train style");
  line.path("--pool", o.pool, "text file of captions that photographs find, one a line");
  line.whole("--pool-size", o.pool_size, 0, 1'000'000'000, "at most so many captions; 0: all");
  line.path("--card", o.card, "Markdown: what it was trained on, figures, licences");
  line.path("--out", o.out, "the pack to write");
  line.whole("--seed", o.seed, 0, 1'000'000'000'000, "of the choice of captions");
  line.threads(o.threads);
  if (line.parse(arguments, out)) build_pack(o);
}

}  // namespace p2s
