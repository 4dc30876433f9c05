#include "train/style_builder.h"

#include <spdlog/spdlog.h>

#include <map>

#include "data/captions.h"
#include "data/tokenizer.h"
#include "features/caption_data.h"
#include "features/word_list.h"
#include "nn/base/error.h"
#include "train/passage_data.h"

namespace p2s {
namespace {

void require_one_source(const StyleOptions& o) {
  const int sources =
      int(!o.books.folder.empty()) + int(!o.captions.empty()) + int(!o.coco.empty());
  check(sources == 1, ErrorCode::usage, "style: give one of --corpus, --captions, --coco");
  check(!o.encoder.empty(), ErrorCode::usage,
        "--encoder is missing: the model.h5 of a p2s-train skipthought run");
  check(!o.out.empty(), ErrorCode::usage, "--out is missing: the style file to write");
}

std::vector<Sentences> line_texts(const std::filesystem::path& file, const Vocabulary& words) {
  std::vector<Sentences> texts;
  for (const std::string& line : read_caption_lines(file)) {
    texts.push_back({words.ids(tokenize(line))});
  }
  return texts;
}

std::vector<Sentences> photograph_texts(const std::filesystem::path& path,
                                        const Vocabulary& words) {
  std::vector<Sentences> texts;
  for (const auto& file : find_captions(path).train) {
    std::map<int64_t, Sentences> by_image;
    for (const Caption& caption : read_captions(file).captions) {
      by_image[caption.image].push_back(words.ids(tokenize(caption.text)));
    }
    for (auto& [image, sentences] : by_image) texts.push_back(std::move(sentences));
  }
  return texts;
}

// A random part of at most `count`.
std::vector<Sentences> sampled(std::vector<Sentences> texts, int64_t count, int64_t seed) {
  Rng rng{uint64_t(seed)};
  const size_t kept = std::min(texts.size(), size_t(count));
  for (size_t i = 0; i < kept; ++i) std::swap(texts[i], texts[i + rng.below(texts.size() - i)]);
  texts.resize(kept);
  return texts;
}

std::string style_name(const StyleOptions& o) {
  if (!o.name.empty()) return o.name;
  if (o.books.folder.empty()) return "captions";
  return o.books.genres.size() == 1 ? o.books.genres[0] : "passages";
}

Style make_style(const StyleOptions& o) {
  const ModelFileReader file(o.encoder);
  const Vocabulary vocabulary = vocabulary_of(read_words(file));
  const PassageEncoder encoder = read_passage_encoder(file, start_computing(o.compute));
  const std::string name = style_name(o);
  if (!o.books.folder.empty()) {
    const Corpus corpus = open_corpus(o.books, vocabulary);
    const int64_t least = o.length > 0 ? o.length * 4 / 5 : o.min_words;
    const int64_t most = o.length > 0 ? o.length * 6 / 5 + 1 : o.max_words;
    const std::vector<Passage> found = passages(corpus, false, least, most);
    check(!found.empty(), ErrorCode::usage,
          "{}: no passage of {} to {} words in it; ask for another --length",
          o.books.folder.string(), least, most);
    return passage_style(name, encoder, corpus, found, o.sample, uint64_t(o.seed));
  }
  std::vector<Sentences> texts = o.captions.empty() ? photograph_texts(o.coco, vocabulary)
                                                    : line_texts(o.captions, vocabulary);
  return text_style(name, encoder, sampled(std::move(texts), o.sample, o.seed));
}

}  // namespace

void build_style(const StyleOptions& options) {
  require_one_source(options);
  const Style style = make_style(options);
  ModelFileWriter file(options.out);
  write_style(file, style);
  file.finish();
  spdlog::info("{}: style {} of {} texts", options.out.string(), style.name, style.texts);
}

void style_command(const std::vector<std::string>& arguments, std::ostream& out) {
  StyleOptions o;
  CommandLine line("p2s-train style", "Writes the mean vector of a set of texts.",
                   "  p2s-train style --captions captions.txt --encoder runs/encoder/model.h5 "
                   "--out captions_style.h5\n"
                   "  p2s-train style --coco captions/ --encoder runs/encoder/model.h5 --out "
                   "captions_style.h5\n"
                   "  p2s-train style --corpus books/ --genre western --encoder "
                   "runs/encoder/model.h5 --length 200 --out western.h5\n");
  line.path("--corpus", o.books.folder, "passages of the books in this folder");
  line.texts("--genre", o.books.genres, "only books of this genre (sub-folder)");
  line.path("--captions", o.captions, "lines of this text file, each a text");
  line.path("--coco", o.coco, "captions in COCO's layout, those of one photograph a text");
  line.path("--encoder", o.encoder, "model.h5 of a skipthought run");
  line.path("--out", o.out, "the style file to write");
  line.text("--name", o.name, "of the style (default: the genre, or captions)");
  line.whole("--sample", o.sample, 1, 1'000'000'000, "at most so many texts, chosen at random");
  line.whole("--length", o.length, 0, 80'000,
             "of passages of about so many words; 0: of --min-words to --max-words");
  line.whole("--min-words", o.min_words, 1, 100'000, "of a passage");
  line.whole("--max-words", o.max_words, 1, 100'000, "of a passage");
  line.whole("--seed", o.seed, 0, 1'000'000'000'000, "of the choice");
  add_compute_flags(line, o.compute);
  if (line.parse(arguments, out)) build_style(o);
}

}  // namespace p2s
