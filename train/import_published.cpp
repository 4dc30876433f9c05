#include "train/import_published.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <numeric>
#include <sstream>

#include "data/vocabulary.h"
#include "models/model_files.h"
#include "models/published_models.h"
#include "nn/base/command_line.h"
#include "nn/base/error.h"
#include "nn/base/files.h"

namespace p2s {
namespace {

struct ImportOptions {
  std::vector<fs::path> models, tables;
  fs::path words, out;
  std::string genre = "romance";
};

// Words by id, and where in the model's table each one's row is.
struct OrderedWords {
  WordList list;
  std::vector<int64_t> order;
};

std::vector<std::string> lines_of(const fs::path& path) {
  std::istringstream text(read_file(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

// A line a row of the model's table, <eos> and UNK among them, or left out and meant first. They
// are brought to the front. How frequent the words are is not published: by Zipf's law, from their
// rank.
OrderedWords ordered_words(const fs::path& path, int64_t rows) {
  std::vector<std::string> lines = lines_of(path);
  const auto given = int64_t(lines.size());
  auto eos = std::ranges::find(lines, "<eos>"), unknown = std::ranges::find(lines, "UNK");
  if (eos == lines.end() && unknown == lines.end() && given + 2 == rows) {
    lines.insert(lines.begin(), {"<eos>", "UNK"});
    eos = lines.begin(), unknown = lines.begin() + 1;
  }
  check(int64_t(lines.size()) == rows, ErrorCode::format,
        "{}: {} words for a table of {} rows; give a line for each row, <eos> and UNK first or "
        "left out",
        path.string(), given, rows);
  check(eos != lines.end() && unknown != lines.end(), ErrorCode::format,
        "{}: {} is not among the words", path.string(), eos == lines.end() ? "<eos>" : "UNK");
  OrderedWords words;
  words.order = {eos - lines.begin(), unknown - lines.begin()};
  for (int64_t row = 0; row < rows; ++row) {
    if (row != words.order[0] && row != words.order[1]) words.order.push_back(row);
  }
  constexpr int64_t kMostFrequent = 100'000'000;
  for (int64_t id = 0; id < rows; ++id) {
    const std::string& word = lines[size_t(words.order[size_t(id)])];
    words.list.words.push_back(id == 1 ? "<unk>" : lower_case(word));
    words.list.spellings.push_back(id == 1 ? "<unk>" : word);
    words.list.counts.push_back(std::max<int64_t>(1, kMostFrequent / (id + 1)));
  }
  return words;
}

void reorder(Var& table, const OrderedWords& words) {
  if (!std::ranges::is_sorted(words.order)) {
    table = Var(reordered_rows(table.value, words.order));
  }
}

void write_encoder(const ImportOptions& o, ModelFileWriter& out) {
  ThoughtEncoder encoder;
  for (size_t i = 0; i < o.models.size(); ++i) {
    const TensorFile file(o.models[i]);
    check(published_model(file) == PublishedModel::skip_thought, ErrorCode::usage,
          "{}: no skip-thought model; two files are imported together only for combine-skip",
          o.models[i].string());
    const auto table = o.tables.empty() ? nullptr : std::make_unique<TensorFile>(o.tables[i]);
    encoder.parts.push_back(read_published_skip_thought(file, table.get(), Device::cpu));
  }
  const OrderedWords words = ordered_words(o.words, encoder.words());
  for (SentenceEncoder& part : encoder.parts) {
    if (part.words.shape()[0] != encoder.words()) {
      fail(ErrorCode::format, "{}: knows {} words, {} knows {}; both must know the same",
           o.models[1].string(), part.words.shape()[0], o.models[0].string(), encoder.words());
    }
    reorder(part.words, words);
  }
  write_thought_encoder(out, encoder);
  write_words(out, words.list);
  spdlog::info("{}: sentence encoder of {} words, vectors of {} numbers", o.out.string(),
               encoder.words(), encoder.size());
}

void write_vse(const ImportOptions& o, ModelFileWriter& out) {
  Vse vse = read_published_vse(TensorFile(o.models[0]), Device::cpu);
  const OrderedWords words = ordered_words(o.words, vse.config.vocabulary);
  reorder(vse.sentence.words, words);
  write_model(out, vse);
  write_words(out, words.list);
  spdlog::info("{}: embedding of {} words and {} features in {} numbers", o.out.string(),
               vse.config.vocabulary, vse.config.features, vse.config.embedding);
}

void write_decoder(const ImportOptions& o, ModelFileWriter& out) {
  PassageDecoder decoder = read_published_decoder(TensorFile(o.models[0]), Device::cpu);
  const OrderedWords words = ordered_words(o.words, decoder.config.vocabulary);
  for (Var* rows : {&decoder.words, &decoder.output.weight, &decoder.output.bias}) {
    reorder(*rows, words);
  }
  write_model(out, decoder);
  write_words(out, words.list);
  out.texts("genres", {o.genre});
  spdlog::info("{}: decoder of {} words, from vectors of {} numbers", o.out.string(),
               decoder.config.vocabulary, decoder.config.thought);
}

}  // namespace

void import_published_command(const std::vector<std::string>& arguments, std::ostream& out) {
  ImportOptions o;
  CommandLine line(
      "p2s-train import",
      "Makes model files of what skip-thoughts, VSE and neural-storyteller published "
      "as .npz.",
      "  p2s-train import uni_skip.npz --table utable.npy --words dictionary.txt --out "
      "uni.h5\n"
      "  p2s-train import uni_skip.npz bi_skip.npz --table utable.npy --table "
      "btable.npy --words dictionary.txt --out combine.h5\n"
      "  p2s-train import vse.npz --words vse_words.txt --out vse.h5\n"
      "  p2s-train import romance.npz --words romance_words.txt --out romance.h5\n");
  line.positionals("models", o.models,
                   "the .npz file; two, uni-skip and bi-skip, for combine-skip");
  line.path("--words", o.words,
            "the model's words, one a line, in the order of its table; <eos> and UNK first or left "
            "out");
  line.paths("--table", o.tables,
             "word table .npy instead of the model's own (utable.npy), one for each model");
  line.text("--genre", o.genre, "what a story decoder tells");
  line.path("--out", o.out, "the model file to write");
  if (!line.parse(arguments, out)) return;
  check(!o.models.empty() && o.models.size() <= 2 && !o.words.empty() && !o.out.empty(),
        ErrorCode::usage, "give FILE.npz, --words and --out; see p2s-train import --help");
  check(o.tables.empty() || o.tables.size() == o.models.size(), ErrorCode::usage,
        "--table: {} tables for {} models", o.tables.size(), o.models.size());
  const PublishedModel kind = published_model(TensorFile(o.models[0]));
  ModelFileWriter file(o.out);
  if (kind == PublishedModel::skip_thought) {
    write_encoder(o, file);
  } else {
    check(o.models.size() == 1 && o.tables.empty(), ErrorCode::usage,
          "{}: is no skip-thought model, which alone takes a second file or --table",
          o.models[0].string());
    kind == PublishedModel::vse ? write_vse(o, file) : write_decoder(o, file);
  }
  file.finish();
}

}  // namespace p2s
