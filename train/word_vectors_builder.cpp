#include "train/word_vectors_builder.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/shuffle.h"
#include "features/word_list.h"
#include "models/model_files.h"
#include "nn/base/command_line.h"
#include "nn/base/error.h"
#include "nn/base/progress.h"
#include "nn/base/signals.h"
#include "train/word_start.h"

namespace p2s {
namespace {

// Sentences are learned in runs of so many, in an order of their own each epoch: near enough to a
// shuffle, and the corpus is read in long stretches.
constexpr int64_t kRun = 4096;

std::vector<int64_t> run_order(int64_t sentences, Rng& rng) {
  std::vector<int64_t> order(size_t((sentences + kRun - 1) / kRun));
  std::iota(order.begin(), order.end(), int64_t(0));
  shuffle(order, rng);
  return order;
}

Tensor learn(const Corpus& corpus, const std::vector<int64_t>& counts,
             const WordVectorsOptions& o) {
  SkipGram model(o.skip_gram, counts, uint64_t(o.seed));
  const int64_t sentences = corpus.sentences();
  const auto total = std::max<int64_t>(1, std::llround(o.epochs * double(sentences)));
  Progress progress("words", total);
  Rng shuffles(uint64_t(o.seed), 1);
  int64_t done = 0;
  while (done < total) {
    for (int64_t run : run_order(sentences, shuffles)) {
      if (done >= total) break;
      throw_if_stopped();
      const double left = 1 - double(done) / double(total);
      const auto rate = float(o.rate * std::max(left, 1e-4));
      const int64_t end = std::min({sentences, (run + 1) * kRun, run * kRun + total - done});
      for (int64_t i = run * kRun; i < end; ++i) {
        if (!corpus.validation(i)) model.learn(corpus.sentence(i), rate);
      }
      done += end - run * kRun;
      progress.update(done, fmt::format("loss {:.4f}, rate {:.3g}", model.take_loss(), rate));
    }
  }
  return model.vectors();
}

// The vectors of a file; words that it lacks get zeros, and say nothing of a text's content.
Tensor read_vectors(const Vocabulary& vocabulary, const WordVectorsOptions& o) {
  const Var table(Tensor({vocabulary.size(), o.skip_gram.size}, Device::cpu, real(0)));
  start_words(table, vocabulary, o.word_vectors, "--size");
  return table.value;
}

}  // namespace

void build_word_vectors(const WordVectorsOptions& o) {
  check(!o.encoder.empty(), ErrorCode::usage,
        "--encoder is missing: the model.h5 of a skipthought run, or a pack, whose words get "
        "vectors");
  check(!o.out.empty(), ErrorCode::usage, "--out is missing: the encoder file to write");
  const ModelFileReader source(o.encoder);
  const WordList words = read_words(source);
  ThoughtEncoder encoder = read_thought_encoder(source, Device::cpu);
  const Vocabulary vocabulary = vocabulary_of(words);
  const bool given = !o.word_vectors.empty();
  const Tensor vectors = given ? read_vectors(vocabulary, o)
                               : learn(open_corpus(o.books, vocabulary), words.counts, o);
  ModelFileWriter file(o.out);
  write_thought_encoder(file, encoder);
  write_words(file, words);
  write_content_words(file, vectors);
  file.finish();
  spdlog::info("{}: vectors of {} words", o.out.string(), words.words.size());
}

void word_vectors_command(const std::vector<std::string>& arguments, std::ostream& out) {
  WordVectorsOptions o;
  CommandLine line("p2s-train words",
                   "Trains word vectors (skip-gram) and adds them to a sentence encoder, which "
                   "then tells what a text is about with them.",
                   "  p2s-train words --corpus books/ --encoder runs/encoder/model.h5 --out "
                   "runs/encoder_words.h5\n"
                   "  p2s-train words --word-vectors GoogleNews.bin --encoder "
                   "runs/encoder/model.h5 --out runs/encoder_words.h5\n");
  add_book_options(line, o.books);
  line.path("--encoder", o.encoder, "model.h5 of a skipthought run, or a pack");
  line.path("--out", o.out, "the encoder file to write");
  line.path("--word-vectors", o.word_vectors,
            "take these instead of training: word2vec or GloVe file, file of p2s-train words, or "
            "pack");
  line.whole("--size", o.skip_gram.size, 1, 100'000, "of a vector");
  line.whole("--window", o.skip_gram.window, 1, 1'000, "words to each side that count as near");
  line.whole("--negatives", o.skip_gram.negatives, 1, 1'000, "words drawn against each near one");
  line.number("--subsample", o.skip_gram.subsample, 1e-9, 1,
              "share from which a word is passed over at times");
  line.number("--epochs", o.epochs, 1e-6, 1e6, "passes over the books");
  line.number("--lr", o.rate, 1e-9, 10, "rate at the start; it falls to zero");
  line.whole("--seed", o.seed, 0, 1'000'000'000'000, "the same seed gives the same bits");
  if (line.parse(arguments, out)) build_word_vectors(o);
}

}  // namespace p2s
