#include "infer/eval_perplexity.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "infer/pack_location.h"
#include "infer/story_flags.h"
#include "nn/base/error.h"
#include "nn/base/progress.h"
#include "nn/compute.h"

namespace p2s {
namespace {

constexpr size_t kSideBySide = 32;

struct Text {
  Sentences sentences;
  std::vector<int32_t> words;  // <eos> last
  int32_t genre;
};

Text text_of(const Storyteller& teller, const Corpus& corpus, const Passage& passage) {
  Text text;
  for (int64_t i = passage.first; i < passage.first + passage.sentences; ++i) {
    const auto words = corpus.sentence(i);
    text.sentences.emplace_back(words.begin(), words.end());
    text.words.insert(text.words.end(), words.begin(), words.end());
  }
  text.words.push_back(Vocabulary::kEos);
  text.genre = teller.genre_mix(corpus.genres()[size_t(corpus.genre(passage.first))]).at(0).genre;
  return text;
}

// The sum of log-probabilities of all words of texts that are told side by side.
double log_probability(const Storyteller& teller, const std::vector<Text>& texts) {
  std::vector<Sentences> sentences;
  std::vector<int32_t> genres, previous(texts.size(), -1);
  size_t longest = 0;
  for (const Text& text : texts) {
    sentences.push_back(text.sentences);
    genres.push_back(text.genre);
    longest = std::max(longest, text.words.size());
  }
  const PassageDecoder& decoder = teller.pack().decoder;
  PassageCondition told =
      standardise(teller.encoder()(sentences), teller.pack().passage_style, genres);
  if (decoder.config.content == 0) told.content = {};
  PassageDecoder::State state = decoder.start(told);
  double sum = 0;
  for (size_t t = 0; t < longest; ++t) {
    const Tensor log_p = decoder.step(state, previous);
    const std::vector<real> values = log_p.to_host();
    for (size_t i = 0; i < texts.size(); ++i) {
      if (t >= texts[i].words.size()) continue;
      previous[i] = texts[i].words[t];
      sum += double(values[i * size_t(log_p.shape()[1]) + size_t(previous[i])]);
    }
  }
  return sum;
}

struct Options {
  std::filesystem::path books, pack;
  Precision precision = Precision::int8;
  int64_t limit = 1000, min_words = 60, max_words = 100;
  ComputeOptions compute;
};

std::string evaluate(const Options& o) {
  const Device device = start_computing(o.compute);
  const Storyteller teller(
      read_pack(o.pack.empty() ? default_pack(this_program()) : o.pack, device, o.precision));
  CorpusOptions books;
  books.folder = o.books;
  books.genres = teller.pack().genres;
  books.given = teller.vocabulary();
  const Corpus corpus = Corpus::open(books);
  std::vector<Passage> found = passages(corpus, true, o.min_words, o.max_words);
  check(!found.empty(), ErrorCode::usage,
        "{}: its held-out books have no passage of {} to {} words", o.books.string(), o.min_words,
        o.max_words);
  // Spread over all books.
  const size_t stride = std::max<size_t>(1, found.size() / size_t(o.limit));
  std::vector<Passage> chosen;
  for (size_t i = 0; i < found.size() && chosen.size() < size_t(o.limit); i += stride) {
    chosen.push_back(found[i]);
  }
  const Foretold result = foretell(teller, corpus, chosen);
  nlohmann::ordered_json json;
  json["precision"] = name(o.precision);
  json["perplexity"] = result.perplexity;
  json["passages"] = result.passages;
  json["words"] = result.words;
  return json.dump();
}

}  // namespace

Foretold foretell(const Storyteller& teller, const Corpus& corpus,
                  std::span<const Passage> passages) {
  Foretold result;
  double sum = 0;
  Progress progress("passages", int64_t(passages.size()));
  for (size_t begin = 0; begin < passages.size(); begin += kSideBySide) {
    std::vector<Text> texts;
    for (size_t i = begin; i < std::min(passages.size(), begin + kSideBySide); ++i) {
      texts.push_back(text_of(teller, corpus, passages[i]));
      result.words += int64_t(texts.back().words.size());
    }
    sum += log_probability(teller, texts);
    result.passages += int64_t(texts.size());
    progress.update(result.passages);
  }
  result.perplexity = std::exp(-sum / double(std::max<int64_t>(result.words, 1)));
  return result;
}

void eval_perplexity_command(const std::vector<std::string>& arguments, std::ostream& out) {
  Options o;
  CommandLine line(
      "p2s-eval perplexity",
      "How well the pack's decoder foretells passages of books, word by word as it tells stories.",
      "  p2s-eval perplexity books/ --precision fp32   # and int8: what its rounding loses\n");
  line.positional("books", o.books,
                  "books by genre, as the pack's decoder learnt from; those held out are used");
  line.required("books");
  line.path("--pack", o.pack, "model pack (default: $P2S_PACK, else packs/*.h5)");
  add_precision_flag(line, o.precision);
  line.whole("--limit", o.limit, 1, 1'000'000'000, "passages, spread over all books");
  line.whole("--min-words", o.min_words, 1, 100'000, "of a passage");
  line.whole("--max-words", o.max_words, 1, 100'000, "of a passage");
  add_compute_flags(line, o.compute);
  if (line.parse(arguments, out)) out << evaluate(o) + "\n";
}

}  // namespace p2s
