#include "train/skip_thought_trainer.h"

#include <spdlog/spdlog.h>

#include "data/batcher.h"
#include "features/word_list.h"
#include "models/model_files.h"
#include "models/skip_thought.h"
#include "nn/base/error.h"
#include "train/held_out.h"
#include "train/loop.h"
#include "train/run_flags.h"
#include "train/step_batches.h"
#include "train/word_start.h"

namespace p2s {
namespace {

std::vector<int32_t> lengths_of(const Corpus& corpus, const std::vector<int32_t>& sentences) {
  std::vector<int32_t> lengths;
  lengths.reserve(sentences.size());
  for (int64_t sentence : sentences) lengths.push_back(int32_t(corpus.sentence(sentence).size()));
  return lengths;
}

// The middle sentences `triples[i]`, i in `items`, and their neighbours.
Neighbours neighbours(const Corpus& corpus, const std::vector<int32_t>& triples,
                      const std::vector<int64_t>& items) {
  std::vector<std::vector<int32_t>> before, middle, after;
  for (int64_t item : items) {
    const int64_t sentence = triples[size_t(item)];
    before.push_back(with_eos(corpus, sentence - 1));
    middle.push_back(with_eos(corpus, sentence));
    after.push_back(with_eos(corpus, sentence + 1));
  }
  return {pack_sentences(before), pack_sentences(middle), pack_sentences(after)};
}

// The mean of the parts' losses: each learns as if it were alone, up to the common clipping.
StepLoss mean_loss(Tape& tape, const std::vector<SkipThought>& parts, const Neighbours& batch) {
  Var sum = parts[0].loss(tape, batch);
  for (size_t i = 1; i < parts.size(); ++i) sum = add(tape, sum, parts[i].loss(tape, batch));
  return {affine(tape, sum, real(1) / real(parts.size())), parts[0].loss_weight(batch)};
}

SkipThoughtConfig model_config(const SkipThoughtOptions& options, const Corpus& corpus) {
  SkipThoughtConfig config;
  config.vocabulary = corpus.vocabulary().size();
  config.embedding = options.embedding;
  config.hidden = options.hidden;
  config.layer_norm = options.layer_norm;
  config.conditional = options.conditional;
  config.separate_words = options.separate_words;
  config.previous = options.previous;
  config.next = options.next;
  config.itself = options.itself;
  config.output.kind = output_kind(options.softmax);
  config.output.samples = options.samples;
  return config;
}

std::vector<SkipThought> fresh_parts(const SkipThoughtOptions& options, const Corpus& corpus,
                                     Device device) {
  Rng rng{uint64_t(options.run.seed)};
  SkipThoughtConfig config = model_config(options, corpus);
  std::vector<SkipThought> parts;
  for (const char* kind : {"uni", "bi"}) {
    if (options.kind != kind && options.kind != "combine") continue;
    config.bidirectional = kind == std::string("bi");
    parts.emplace_back(config, device, rng);
  }
  // A run that goes on has its words in its own file.
  if (options.word_vectors.empty() || options.run.resume) return parts;
  for (SkipThought& part : parts) {
    start_words(part.encoder.words, corpus.vocabulary(), options.word_vectors, "--embedding");
    if (options.separate_words) part.decoder_words.value.copy_from(part.encoder.words.value);
  }
  return parts;
}

std::vector<int32_t> require_triples(const Corpus& corpus, bool validation, int64_t max_words) {
  std::vector<int32_t> triples = sentence_triples(corpus, validation, max_words);
  check(!triples.empty(), ErrorCode::usage,
        "{} part of the books: no three sentences of at most {} words follow each other; add "
        "books or raise --max-words",
        validation ? "the held-out" : "the training", max_words);
  return triples;
}

}  // namespace

void train_skip_thought(const SkipThoughtOptions& options) {
  begin_run(options.run);
  const Device device = device_of(options.run.compute);
  const Corpus corpus = open_corpus(options.books, options.vocabulary);
  const auto training_triples = require_triples(corpus, false, options.max_words);
  const auto held_out = require_triples(corpus, true, options.max_words);
  spdlog::info("{} books, {} words known, {} triples to learn from, {} held out",
               corpus.books().size(), corpus.vocabulary().size(), training_triples.size(),
               held_out.size());

  std::vector<SkipThought> parts = fresh_parts(options, corpus, device);
  const auto length = [&](int64_t i) {
    return int32_t(corpus.sentence(training_triples[size_t(i)]).size());
  };
  StepBatches batches(int64_t(training_triples.size()), length, options.run.batch,
                      options.run.seed);
  const auto validation_batches = held_out_batches(lengths_of(corpus, held_out), options.run.batch,
                                                   options.books.validation_batches);
  Training training;
  training.name = "skipthought";
  training.items = "words";
  for (SkipThought& part : parts) {
    const bool alone = parts.size() == 1;
    const std::string prefix = alone ? "" : part.config.bidirectional ? "bi." : "uni.";
    for (NamedParameter& p : parameters_of(part, prefix)) training.parameters.push_back(p);
  }
  training.steps_per_epoch = batches.per_epoch();
  training.data = fingerprint(corpus);
  training.loss = [&](Tape& tape, int64_t step) {
    return mean_loss(tape, parts, neighbours(corpus, training_triples, batches.at(step)));
  };
  training.validate = [&] {
    return perplexity(device, validation_batches.size(), [&](Tape& tape, size_t i) {
      return mean_loss(tape, parts, neighbours(corpus, held_out, validation_batches[i]));
    });
  };
  training.write_model = [&](ModelFileWriter& file) {
    write_model(file, parts);
    write_words(file, word_list(corpus.vocabulary()));
  };
  train(options.run, training);
}

void skip_thought_command(const std::vector<std::string>& arguments, std::ostream& out) {
  SkipThoughtOptions o;
  CommandLine line("p2s-train skipthought", "Trains a sentence encoder on books (skip-thoughts).",
                   "  p2s-train skipthought --corpus books/ --out runs/encoder\n"
                   "  p2s-train skipthought --corpus books/ --out runs/encoder --kind combine "
                   "--hidden 1200 --layer-norm --precision bf16\n"
                   "  p2s-train skipthought --out runs/encoder --resume\n");
  add_book_options(line, o.books);
  line.whole("--vocab", o.vocabulary, 3, 10'000'000, "words known, the most frequent ones");
  line.whole("--embedding", o.embedding, 1, 100'000, "size of a word vector");
  line.path("--word-vectors", o.word_vectors,
            "words start as these: word2vec or GloVe file, file of p2s-train words, or pack");
  line.whole("--hidden", o.hidden, 1, 100'000,
             "size of a sentence vector, of each part of combine");
  line.choice("--kind", o.kind, {"uni", "bi", "combine"},
              "words read forth; in both directions, half the size each; both models side by side");
  line.whole("--max-words", o.max_words, 1, 100'000, "longer sentences are left out");
  line.flag("--layer-norm", o.layer_norm, "layer normalisation in all recurrences");
  line.flag("--conditional", o.conditional, "the vector also reaches the decoders at every word");
  line.flag("--separate-words", o.separate_words, "a word table of the decoders' own");
  line.number("--previous", o.previous, 0, 1000, "weight of predicting the previous sentence");
  line.number("--next", o.next, 0, 1000, "weight of predicting the next sentence");
  line.number("--itself", o.itself, 0, 1000, "weight of predicting the sentence itself");
  line.choice("--softmax", o.softmax, {"full", "adaptive", "sampled"}, "over the words");
  line.whole("--samples", o.samples, 1, 10'000'000, "words drawn by the sampled softmax");
  add_run_flags(line, o.run);
  if (parse_run(line, o.run, arguments, out)) train_skip_thought(o);
}

}  // namespace p2s
