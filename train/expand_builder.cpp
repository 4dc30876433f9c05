#include "train/expand_builder.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <unordered_map>

#include "data/word_vector_file.h"
#include "features/word_list.h"
#include "models/model_files.h"
#include "models/word_table.h"
#include "nn/base/command_line.h"
#include "nn/base/error.h"
#include "nn/base/parallel.h"
#include "nn/base/progress.h"
#include "nn/base/signals.h"
#include "train/book_options.h"
#include "train/ridge_regression.h"

namespace p2s {
namespace {

constexpr int64_t kHoldOutEvery = 10;
constexpr size_t kBatch = 4096;

Storing storing_of(const std::string& name) {
  return name == "float" ? Storing::f32 : name == "half" ? Storing::f16 : Storing::i8;
}

// The encoder's word vectors, those of combine-skip's parts side by side.
class EncoderWords {
 public:
  explicit EncoderWords(const ThoughtEncoder& encoder) {
    for (const SentenceEncoder& part : encoder.parts) {
      tables_.push_back({part.words.value.to_host(), size_t(part.words.shape()[1])});
    }
  }
  std::vector<float> operator()(int32_t id) const {
    std::vector<float> vector;
    for (const Table& t : tables_) {
      const auto row = t.numbers.begin() + std::ptrdiff_t(size_t(id) * t.columns);
      vector.insert(vector.end(), row, row + std::ptrdiff_t(t.columns));
    }
    return vector;
  }

 private:
  struct Table {
    std::vector<real> numbers;
    size_t columns;
  };
  std::vector<Table> tables_;
};

// Is it a word of the encoder as that writes it, in lower case or in its usual spelling? Then the
// vector tells of the same word.
int32_t same_word(const Vocabulary& vocabulary, const std::string& word) {
  const int32_t id = vocabulary.id(word);
  if (id == Vocabulary::kUnknown) return id;
  const bool same = vocabulary.word(id) == word || vocabulary.spelling(id) == word;
  return same ? id : Vocabulary::kUnknown;
}

// First pass: the pairs to learn from, and the new words.
std::vector<std::string> read_words_and_pairs(const ExpandOptions& o, const Vocabulary& vocabulary,
                                              const EncoderWords& known, RidgeRegression& map,
                                              WordVectorFile& file, ExpandReport& report) {
  std::vector<std::string> fresh;
  std::string word;
  Progress progress("reading", file.words());
  int64_t read = 0;
  for (std::vector<float> vector; file.next(word, vector);) {
    if (++read % 10'000 == 0) throw_if_stopped(), progress.update(read);
    const int32_t id = same_word(vocabulary, word);
    if (id != Vocabulary::kUnknown) {
      const bool held_out = report.shared++ % kHoldOutEvery == 0;
      report.held_out += held_out ? 1 : 0;
      map.add(vector, known(id), held_out);
    } else if (vocabulary.id(word) == Vocabulary::kUnknown && !word.empty() &&
               word.find('_') == word.npos) {
      fresh.push_back(word);
    }
  }
  check(report.shared >= 2 * kHoldOutEvery, ErrorCode::usage,
        "{}: only {} words of the encoder are in it; are they of the same language?",
        o.word_vectors.string(), report.shared);
  std::sort(fresh.begin(), fresh.end());
  fresh.erase(std::unique(fresh.begin(), fresh.end()), fresh.end());
  return fresh;
}

void fit(RidgeRegression& map, const ExpandOptions& o, ExpandReport& report) {
  report.ridge = o.ridge;
  if (o.ridge == 0) {
    double best = -1e30;
    for (const double ridge : {1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0}) {
      map.fit(ridge);
      const double explained = map.held_out().explained;
      if (explained > best) best = explained, report.ridge = ridge;
    }
  }
  map.fit(report.ridge);
  report.explained = map.held_out().explained;
  report.cosine = map.held_out().cosine;
}

// Second pass: every new word's vector through the map into its place; of a word that stands there
// twice the first.
void map_words(const ExpandOptions& o, const RidgeRegression& map,
               const std::vector<std::string>& fresh, const WordRows& write) {
  WordVectorFile file(o.word_vectors);
  std::vector<int64_t> rows;
  std::vector<float> inputs;
  std::vector<uint8_t> written(fresh.size(), 0);
  const auto flush = [&] {
    if (!rows.empty()) write(rows, map.predict(inputs));
    rows.clear(), inputs.clear();
  };
  Progress progress("mapping", int64_t(fresh.size()));
  int64_t done = 0;
  std::string word;
  for (std::vector<float> vector; file.next(word, vector);) {
    const auto at = std::lower_bound(fresh.begin(), fresh.end(), word);
    if (at == fresh.end() || *at != word) continue;
    const auto row = size_t(at - fresh.begin());
    if (written[row]) continue;
    written[row] = 1;
    rows.push_back(int64_t(row));
    inputs.insert(inputs.end(), vector.begin(), vector.end());
    if (rows.size() < kBatch) continue;
    flush();
    throw_if_stopped();
    progress.update(done += int64_t(kBatch));
  }
  flush();
}

}  // namespace

ExpandReport expand_encoder(const ExpandOptions& o) {
  check(!o.encoder.empty(), ErrorCode::usage,
        "--encoder is missing: the model.h5 of a skipthought run, or a pack");
  check(
      !o.word_vectors.empty(), ErrorCode::usage,
      "--word2vec is missing: a file of word vectors, such as GoogleNews-vectors-negative300.bin");
  check(!o.out.empty(), ErrorCode::usage, "--out is missing: the encoder file to write");
  const std::filesystem::path table = more_words_beside(o.out);
  set_threads(o.threads);
  const ModelFileReader source(o.encoder);
  const WordList words = read_words(source);
  const Vocabulary vocabulary = vocabulary_of(words);
  ThoughtEncoder encoder = read_thought_encoder(source, Device::cpu);
  const Tensor content_words = read_content_words(source, Device::cpu);

  WordVectorFile file(o.word_vectors);
  ExpandReport report;
  RidgeRegression map(file.dimension(), encoder.word_size());
  const std::vector<std::string> fresh =
      read_words_and_pairs(o, vocabulary, EncoderWords(encoder), map, file, report);
  report.words = int64_t(fresh.size());
  fit(map, o, report);
  write_word_table(table, fresh, encoder.word_size(), storing_of(o.storing),
                   [&](const WordRows& write) { map_words(o, map, fresh, write); });
  ModelFileWriter out(o.out);
  write_thought_encoder(out, encoder);
  write_words(out, words);
  if (content_words.defined()) write_content_words(out, content_words);
  write_more_words(out, table.filename().string());
  out.finish();
  return report;
}

void expand_command(const std::vector<std::string>& arguments, std::ostream& out) {
  ExpandOptions o;
  CommandLine line("p2s-train expand",
                   "Teaches a sentence encoder the words of a word2vec file (binary or text, "
                   "packed or not) that it does not know.",
                   "  p2s-train expand --encoder runs/encoder/model.h5 --word2vec "
                   "GoogleNews-vectors-negative300.bin.gz --out runs/expanded.h5\n");
  line.path("--encoder", o.encoder, "model.h5 of a skipthought run, or a pack");
  line.path("--word2vec", o.word_vectors, "word vectors: word2vec binary or text, or GloVe");
  line.path("--out", o.out, "the encoder file to write; the words go beside it, into *.words");
  line.choice("--storing", o.storing, {"float", "half", "int8"}, "numbers of the new words");
  line.number(
      "--ridge", o.ridge, 0, 1e9,
      "share of the mean square that is added to the diagonal; 0: chosen on words held out");
  line.threads(o.threads);
  if (!line.parse(arguments, out)) return;
  const ExpandReport r = expand_encoder(o);
  out << fmt::format(
      "{} words learned from, {} held out: {:.1f} % of their variance explained, mean cosine "
      "{:.3f} (ridge {})\n{} new words\n",
      r.shared - r.held_out, r.held_out, 100 * r.explained, r.cosine, r.ridge, r.words);
}

}  // namespace p2s
