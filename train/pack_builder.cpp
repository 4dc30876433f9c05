#include "train/pack_builder.h"

#include <spdlog/spdlog.h>

#include "models/pack.h"
#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/base/parallel.h"
#include "nn/base/progress.h"
#include "nn/base/signals.h"
#include "train/book_options.h"
#include "train/caption_data.h"
#include "train/caption_pool.h"
#include "train/command_line.h"
#include "train/sentence_vectors.h"

namespace p2s {
namespace {

void require_all(const PackOptions& o) {
  const auto require = [](const std::filesystem::path& path, const char* flag) {
    check(!path.empty(), ErrorCode::usage, "{} is missing; see p2s-train pack --help", flag);
  };
  require(o.convnet, "--convnet"), require(o.vse, "--vse"), require(o.encoder, "--encoder");
  require(o.decoder, "--decoder"), require(o.caption_style, "--caption-style");
  require(o.pool, "--pool"), require(o.card, "--card"), require(o.out, "--out");
  require_file(o.card);
}

// The pool's captions with their vectors, and the image side of the embedding.
void add_vse(const PackOptions& options, Pack& pack) {
  const ModelFileReader file(options.vse);
  const Vse vse = read_vse(file, Device::cpu);
  const Vocabulary vocabulary = vocabulary_of(read_words(file));
  pack.captions = caption_pool(read_caption_lines(options.pool), vocabulary, options.pool_size,
                               uint64_t(options.seed));
  std::vector<std::vector<int32_t>> words;
  for (const std::string& caption : pack.captions) {
    words.push_back(caption_ids(vocabulary, caption));
  }
  Progress progress("caption vectors", int64_t(words.size()));
  pack.caption_vectors = sentence_vectors(vse, words, [&](int64_t done) {
    progress.update(done);
    throw_if_stopped();
  });
  pack.image_weight = vse.image_weight.value;
  pack.image_bias = vse.image_bias.value;
}

void add_decoder(const PackOptions& options, Pack& pack) {
  const ModelFileReader file(options.decoder);
  pack.decoder = read_passage_decoder(file, Device::cpu);
  pack.words = read_words(file);
  pack.genres = file.texts("genres");
  pack.passage_style = read_style(file, "passages", Device::cpu);
  for (const std::string& genre : pack.genres) {
    pack.genre_styles.push_back(read_style(file, genre, Device::cpu));
  }
}

void add_encoder(const PackOptions& options, Pack& pack) {
  const ModelFileReader file(options.encoder);
  pack.encoder = read_sentence_encoder(file, Device::cpu);
  const std::string made = PassageEncoder(pack.encoder, read_words(file).counts).fingerprint();
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

void build_pack(const PackOptions& options) {
  require_all(options);
  set_threads(int(options.threads));
  Pack pack;
  pack.card = read_file(options.card);
  pack.caption_style = only_style(options.caption_style);
  pack.convnet = read_convnet(ModelFileReader(options.convnet), Device::cpu);
  add_decoder(options, pack);
  add_encoder(options, pack);
  add_vse(options, pack);
  write_pack(options.out, pack);
  spdlog::info("{}: {:.1f} MB, genres {}, {} captions", options.out.string(),
               double(std::filesystem::file_size(options.out)) / 1e6, fmt::join(pack.genres, ", "),
               pack.captions.size());
}

void pack_command(const std::vector<std::string>& arguments, std::ostream& out) {
  PackOptions o;
  CommandLine line("pack", "Gathers trained models into one file for p2s-generate.",
                   "  p2s-train pack --convnet lite0.h5 --vse runs/vse/model.h5 --encoder "
                   "runs/encoder/model.h5\n      --decoder runs/decoder/model.h5 --caption-style "
                   "captions_style.h5 --pool captions.txt\n      --pool-size 20000 --card card.md "
                   "--out mine.h5\n");
  line.path("--convnet", o.convnet, "convnet file, from p2s-train import-cnn");
  line.path("--vse", o.vse, "model.h5 of a vse run");
  line.path("--encoder", o.encoder, "model.h5 of the skipthought run the decoder was trained with");
  line.path("--decoder", o.decoder, "model.h5 of a decoder run");
  line.path("--caption-style", o.caption_style, "style of captions, from p2s-train style");
  line.path("--pool", o.pool, "text file of captions that photographs find, one a line");
  line.whole("--pool-size", o.pool_size, 0, 1'000'000'000, "at most so many captions; 0: all");
  line.path("--card", o.card, "Markdown: what it was trained on, figures, licences");
  line.path("--out", o.out, "the pack to write");
  line.whole("--seed", o.seed, 0, 1'000'000'000'000, "of the choice of captions");
  line.whole("--threads", o.threads, 0, 1024, "processor threads; 0: all cores");
  if (line.parse(arguments, out)) build_pack(o);
}

}  // namespace p2s
