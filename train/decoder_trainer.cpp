#include "train/decoder_trainer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>

#include "features/word_list.h"
#include "models/passage_decoder.h"
#include "nn/base/error.h"
#include "nn/base/parallel.h"
#include "train/decoder_start.h"
#include "train/held_out.h"
#include "train/loop.h"
#include "train/passage_data.h"
#include "train/run_flags.h"
#include "train/step_batches.h"
#include "train/style_cache.h"

namespace p2s {
namespace {

std::vector<PassagePair> require_passages(const Corpus& corpus, bool validation,
                                          const DecoderOptions& o) {
  const bool go_on = o.target == "next";
  std::vector<PassagePair> pairs =
      passage_pairs(corpus, passages(corpus, validation, o.min_words, o.max_words), go_on);
  check(!pairs.empty(), ErrorCode::usage,
        "{} part of the books: no passage of {} to {} words{}; add books or widen --min-words and "
        "--max-words",
        validation ? "the held-out" : "the training", o.min_words, o.max_words,
        go_on ? " that follows another" : "");
  return pairs;
}

const std::filesystem::path& require_encoder(const DecoderOptions& options) {
  check(!options.encoder.empty(), ErrorCode::usage,
        "--encoder is missing: the model.h5 of a p2s-train skipthought run");
  return options.encoder;
}

// What training does to the rows of a vector that is told, drawn from the step's own stream:
// independent noise on every number, and some rows left out altogether (zero, the mean of all
// passages).
void disturb(Tensor& z, double noise, double dropout, Rng& rng) {
  const int64_t rows = z.shape()[0], columns = z.shape()[1];
  std::vector<int32_t> told(static_cast<size_t>(rows));
  for (int64_t row = 0; row < rows; ++row) {
    told[size_t(row)] = dropout > 0 && rng.uniform_double() < dropout ? -1 : int32_t(row);
  }
  std::vector<real> added(size_t(rows * columns));
  const uint64_t key = rng.key();
  parallel_for(noise > 0 ? rows : 0, 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      if (told[size_t(row)] < 0) continue;
      Rng own(key, uint64_t(row));
      real* numbers = added.data() + row * columns;
      for (int64_t c = 0; c < columns; ++c) numbers[c] = real(noise * own.normal());
    }
  });
  const Tensor result(z.shape(), z.device());
  const Kernels& k = z.kernels();
  k.gather_rows(rows, columns, Ids({rows}, z.device(), told).data(), z.data(), result.data());
  if (noise > 0) {
    k.axpy(result.elements(), 1, Tensor(z.shape(), z.device(), added).data(), result.data());
  }
  z = result;
}

class DecoderTraining {
 public:
  explicit DecoderTraining(const DecoderOptions& options)
      : options_(options),
        file_(require_encoder(options)),
        words_(read_words(file_)),
        encoder_(read_passage_encoder(file_, device_of(options.run.compute),
                                      run_precision(options.run))),
        corpus_(open_corpus(options.books, vocabulary_of(words_))),
        training_(require_passages(corpus_, false, options)),
        held_out_(require_passages(corpus_, true, options)),
        batches_(lengths_of(training_), options.run.batch, options.run.seed) {
    for (const std::string& genre : corpus_.genres()) genres_.push_back(genre_name(genre));
    styles_ = cached_styles(options.run.out / "styles.h5", style_key(), [&] { return styles(); });
    model_ = fresh_model();
    // Rows that no passage asks for stay zero: the model has genres, but is not told them.
    if (options.no_genre_condition) model_.genres.value.fill(0);
    if (!options.learn.empty()) freeze_except(model_, options.learn);
    spdlog::info("{} books of {}; {} passages to learn from, {} held out", corpus_.books().size(),
                 fmt::join(genres_, ", "), training_.size(), held_out_.size());
    condition_held_out();
  }

  void run() {
    Training training;
    training.name = "decoder";
    training.items = "words";
    for (const NamedParameter& p : parameters_of(model_)) {
      if (p.var.wants_grad()) training.parameters.push_back(p);
    }
    check(
        !training.parameters.empty(), ErrorCode::usage,
        "--learn {}: no parameter's name begins so; there are words, genres, start, step, gru and "
        "output",
        options_.learn);
    training.steps_per_epoch = batches_.per_epoch();
    training.data = fingerprint(corpus_) + "-" + encoder_.fingerprint();
    training.loss = [&](Tape& tape, int64_t step) { return loss(tape, step); };
    training.validate = [&] { return validate(); };
    training.write_model = [&](ModelFileWriter& file) {
      p2s::write_model(file, model_);
      write_words(file, words_);
      file.texts("genres", genres_);
      for (const Style& style : styles_) write_style(file, style);
    };
    train(options_.run, training);
  }

 private:
  struct Batch {
    SentenceBatch words;
    PassageCondition condition;
  };

  PassageDecoderConfig config() const {
    PassageDecoderConfig c;
    c.vocabulary = int64_t(words_.words.size());
    c.embedding = options_.embedding;
    c.hidden = options_.hidden;
    c.thought = encoder_.encoder().size();
    c.content = options_.no_content ? 0 : encoder_.content_words().shape()[1];
    c.genres = int64_t(genres_.size());
    c.dropout = real(options_.dropout);
    c.output.kind = output_kind(options_.softmax);
    c.output.samples = options_.samples;
    return c;
  }

  PassageDecoder fresh_model() const {
    const Device device = device_of(options_.run.compute);
    if (!options_.from.empty()) {
      return decoder_to_start_from(options_.from, words_, genres_, config(), device);
    }
    Rng rng{uint64_t(options_.run.seed)};
    return PassageDecoder(config(), device, rng);
  }

  std::string style_key() const {
    return fmt::format("{} {} {} {} {} {} {}", encoder_.fingerprint(), fingerprint(corpus_),
                       options_.min_words, options_.max_words, options_.target,
                       options_.style_passages, options_.run.seed);
  }

  // Of all passages first, then of every genre's.
  std::vector<Style> styles() const {
    std::vector<Passage> sources;
    for (const PassagePair& pair : training_) sources.push_back(pair.source);
    const auto style = [&](const std::string& name, const std::vector<Passage>& from) {
      return passage_style(name, encoder_, corpus_, from, options_.style_passages,
                           uint64_t(options_.run.seed));
    };
    std::vector<Style> result = {style("passages", sources)};
    for (size_t g = 0; g < genres_.size(); ++g) {
      std::vector<Passage> own;
      std::copy_if(sources.begin(), sources.end(), std::back_inserter(own),
                   [&](const Passage& p) { return size_t(corpus_.genre(p.first)) == g; });
      check(!own.empty(), ErrorCode::usage,
            "genre {}: no passage to learn from; add books or leave the genre out", genres_[g]);
      result.push_back(style(genres_[g], own));
    }
    return result;
  }

  Batch batch(const std::vector<PassagePair>& from, const std::vector<int64_t>& items) const {
    std::vector<Sentences> texts;
    std::vector<std::vector<int32_t>> words;
    std::vector<int32_t> genres;
    for (int64_t item : items) {
      const auto& [source, target] = from[size_t(item)];
      texts.push_back(passage_sentences(corpus_, source));
      words.push_back(passage_words(corpus_, target));
      genres.push_back(options_.no_genre_condition ? -1 : corpus_.genre(target.first));
    }
    Batch result{pack_sentences(words), standardise(encoder_(texts), styles_[0], genres)};
    if (options_.no_content) result.condition.content = {};
    return result;
  }

  StepLoss loss(Tape& tape, int64_t step) {
    Batch b = batch(training_, batches_.at(step));
    const double noise = options_.condition_noise, left_out = options_.condition_dropout;
    if (noise > 0 || left_out > 0) {
      disturb(b.condition.thought, noise, left_out, tape.rng());
      if (!options_.no_content) disturb(b.condition.content, noise, left_out, tape.rng());
    }
    return {model_.loss(tape, b.words, b.condition), double(b.words.tokens())};
  }

  // The encoder does not change: what is held out is encoded once.
  void condition_held_out() {
    for (const auto& items : held_out_batches(lengths_of(held_out_), options_.run.batch,
                                              options_.books.validation_batches)) {
      held_out_ready_.push_back(batch(held_out_, items));
    }
  }

  Validation validate() const {
    return perplexity(
        device_of(options_.run.compute), held_out_ready_.size(), [&](Tape& tape, size_t i) {
          const Batch& b = held_out_ready_[i];
          return StepLoss{model_.loss(tape, b.words, b.condition), double(b.words.tokens())};
        });
  }

  const DecoderOptions& options_;
  ModelFileReader file_;
  WordList words_;
  PassageEncoder encoder_;
  Corpus corpus_;
  std::vector<PassagePair> training_, held_out_;
  StepBatches batches_;
  std::vector<std::string> genres_;
  std::vector<Style> styles_;
  std::vector<Batch> held_out_ready_;
  PassageDecoder model_;
};

}  // namespace

void train_decoder(const DecoderOptions& options) {
  begin_run(options.run);
  DecoderTraining(options).run();
}

void decoder_command(const std::vector<std::string>& arguments, std::ostream& out) {
  DecoderOptions o;
  CommandLine line("p2s-train decoder",
                   "Trains the decoder that tells stories in the style of books.",
                   "  p2s-train decoder --corpus books/ --encoder runs/encoder/model.h5 --out "
                   "runs/decoder\n"
                   "  p2s-train decoder --corpus books/ --genre thriller --encoder "
                   "runs/encoder/model.h5 --out runs/thriller --precision bf16\n"
                   "  p2s-train decoder --corpus books/ --encoder packs/novels.h5 --from "
                   "packs/novels.h5 --out runs/western\n"
                   "  p2s-train decoder --out runs/decoder --resume\n");
  add_book_options(line, o.books);
  line.path("--encoder", o.encoder, "model.h5 of a skipthought run; its words are used too");
  line.path("--from", o.from,
            "a pack, or model.h5 of a decoder run, to go on from: its sizes and softmax count");
  line.text("--learn", o.learn,
            "only parameters whose names begin so: words, genres, start, step, gru or output");
  line.whole("--embedding", o.embedding, 1, 100'000, "size of a word vector");
  line.whole("--hidden", o.hidden, 1, 100'000, "size of the state");
  line.whole("--min-words", o.min_words, 1, 100'000, "of a passage");
  line.whole("--max-words", o.max_words, 1, 100'000, "of a passage");
  line.choice("--target", o.target, {"same", "next"},
              "what is told of a passage: itself again, or how it goes on");
  line.whole("--style-passages", o.style_passages, 1, 1'000'000'000,
             "passages that a style is the mean of");
  line.number("--dropout", o.dropout, 0, 0.99, "on words read and states");
  line.number("--condition-noise", o.condition_noise, 0, 100,
              "deviation of noise on the standardised vectors");
  line.number("--condition-dropout", o.condition_dropout, 0, 0.99,
              "share of passages that either vector is withheld from");
  line.flag("--no-content", o.no_content, "without the mean word vector of the passage");
  line.flag("--no-genre-condition", o.no_genre_condition, "without telling it the genre");
  line.choice("--softmax", o.softmax, {"full", "adaptive", "sampled"}, "over the words");
  line.whole("--samples", o.samples, 1, 10'000'000, "words drawn by the sampled softmax");
  add_run_flags(line, o.run);
  if (parse_run(line, o.run, arguments, out)) train_decoder(o);
}

}  // namespace p2s
