#include "train/skip_thought_trainer.h"

#include <spdlog/spdlog.h>

#include "data/batcher.h"
#include "models/model_files.h"
#include "models/skip_thought.h"
#include "nn/base/error.h"
#include "nn/base/parallel.h"
#include "train/held_out.h"
#include "train/loop.h"
#include "train/step_batches.h"

namespace p2s {
namespace {

std::vector<int32_t> lengths_of(const Corpus& corpus, const std::vector<int64_t>& sentences) {
  std::vector<int32_t> lengths;
  for (int64_t sentence : sentences) lengths.push_back(int32_t(corpus.sentence(sentence).size()));
  return lengths;
}

// The loss of the middle sentences `triples[i]`, i in `items`, and their neighbours.
StepLoss triple_loss(Tape& tape, const SkipThought& model, const Corpus& corpus,
                     const std::vector<int64_t>& triples, const std::vector<int64_t>& items) {
  std::vector<std::vector<int32_t>> before, middle, after;
  for (int64_t item : items) {
    const int64_t sentence = triples[size_t(item)];
    before.push_back(with_eos(corpus, sentence - 1));
    middle.push_back(with_eos(corpus, sentence));
    after.push_back(with_eos(corpus, sentence + 1));
  }
  const SentenceBatch back = pack_sentences(before), forth = pack_sentences(after);
  return {model.loss(tape, pack_sentences(middle), back, forth),
          double(back.tokens() + forth.tokens())};
}

SkipThoughtConfig model_config(const SkipThoughtOptions& options, const Corpus& corpus) {
  SkipThoughtConfig config;
  config.vocabulary = corpus.vocabulary().size();
  config.embedding = options.embedding;
  config.hidden = options.hidden;
  config.layer_norm = options.layer_norm;
  config.output.kind = output_kind(options.softmax);
  config.output.samples = options.samples;
  return config;
}

std::vector<int64_t> require_triples(const Corpus& corpus, bool validation, int64_t max_words) {
  std::vector<int64_t> triples = sentence_triples(corpus, validation, max_words);
  check(!triples.empty(), ErrorCode::usage,
        "{} part of the books: no three sentences of at most {} words follow each other; add "
        "books or raise --max-words",
        validation ? "the held-out" : "the training", max_words);
  return triples;
}

}  // namespace

void train_skip_thought(const SkipThoughtOptions& options) {
  set_threads(int(options.run.threads));
  prepare_run_folder(options.run);
  const Device device = run_device(options.run);
  const Corpus corpus = open_corpus(options.books, options.vocabulary);
  const auto training_triples = require_triples(corpus, false, options.max_words);
  const auto held_out = require_triples(corpus, true, options.max_words);
  spdlog::info("{} books, {} words known, {} triples to learn from, {} held out",
               corpus.books().size(), corpus.vocabulary().size(), training_triples.size(),
               held_out.size());

  Rng rng{uint64_t(options.run.seed)};
  SkipThought model(model_config(options, corpus), device, rng);
  StepBatches batches(lengths_of(corpus, training_triples), options.run.batch, options.run.seed);
  const auto validation_batches = held_out_batches(lengths_of(corpus, held_out), options.run.batch,
                                                   options.books.validation_batches);
  Training training;
  training.name = "skipthought";
  training.items = "words";
  training.parameters = parameters_of(model);
  training.steps_per_epoch = batches.per_epoch();
  training.data = fingerprint(corpus);
  training.loss = [&](Tape& tape, int64_t step) {
    return triple_loss(tape, model, corpus, training_triples, batches.at(step));
  };
  training.validate = [&] {
    return perplexity(device, validation_batches.size(), [&](Tape& tape, size_t i) {
      return triple_loss(tape, model, corpus, held_out, validation_batches[i]);
    });
  };
  training.write_model = [&](ModelFileWriter& file) {
    write_model(file, model);
    write_words(file, word_list(corpus.vocabulary()));
  };
  train(options.run, training);
}

void skip_thought_command(const std::vector<std::string>& arguments, std::ostream& out) {
  SkipThoughtOptions o;
  CommandLine line("skipthought", "Trains a sentence encoder on books (skip-thoughts).",
                   "  p2s-train skipthought --corpus books/ --out runs/encoder\n"
                   "  p2s-train skipthought --corpus books/ --out runs/encoder --hidden 1200 "
                   "--layer-norm --precision bf16\n"
                   "  p2s-train skipthought --out runs/encoder --resume\n");
  add_book_options(line, o.books);
  line.whole("--vocab", o.vocabulary, 3, 10'000'000, "words known, the most frequent ones");
  line.whole("--embedding", o.embedding, 1, 100'000, "size of a word vector");
  line.whole("--hidden", o.hidden, 1, 100'000, "size of a sentence vector");
  line.whole("--max-words", o.max_words, 1, 100'000, "longer sentences are left out");
  line.flag("--layer-norm", o.layer_norm, "layer normalisation in all recurrences");
  line.choice("--softmax", o.softmax, {"full", "adaptive", "sampled"}, "over the words");
  line.whole("--samples", o.samples, 1, 10'000'000, "words drawn by the sampled softmax");
  line.run_options(o.run);
  if (line.parse(arguments, out)) train_skip_thought(o);
}

}  // namespace p2s
