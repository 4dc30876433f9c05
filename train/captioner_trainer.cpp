#include "train/captioner_trainer.h"

#include <spdlog/spdlog.h>

#include <cmath>
#include <optional>

#include "features/caption_data.h"
#include "features/feature_pairs.h"
#include "features/word_list.h"
#include "metrics/caption_scores.h"
#include "models/caption_search.h"
#include "models/model_files.h"
#include "nn/base/command_line.h"
#include "nn/base/error.h"
#include "nn/base/signals.h"
#include "train/book_options.h"
#include "train/captioner_data.h"
#include "train/loop.h"
#include "train/run_flags.h"
#include "train/self_critical.h"
#include "train/step_batches.h"
#include "train/word_start.h"

namespace p2s {
namespace {

constexpr int64_t kMostWords = 20;
// Photographs validated side by side.
constexpr int64_t kSideBySide = 64;
// Streams of random numbers beside those of the tape.
constexpr uint64_t kDrawStream = 0x63617074;

CaptionedMapsSplit read_data(const CaptionerOptions& options, ConvNet& convnet) {
  const CaptionSplit files = caption_split(options.coco, options.validation);
  const CaptionedMaps all = captioned_maps(files.train, convnet, options.layer);
  if (files.validation.empty()) return hold_out(all, kHoldOutEvery);
  return {all, captioned_maps(files.validation, convnet, options.layer)};
}

Vocabulary caption_vocabulary(const CaptionerOptions& options, const CaptionedMaps& data) {
  VocabularyBuilder builder;
  for (const auto& of_image : data.tokens) {
    for (const Tokens& caption : of_image) builder.add(caption);
  }
  return builder.build(options.vocabulary, options.min_count);
}

std::vector<int64_t> range(int64_t begin, int64_t end) {
  std::vector<int64_t> result;
  for (int64_t i = begin; i < end; ++i) result.push_back(i);
  return result;
}

class CaptionerTraining {
 public:
  explicit CaptionerTraining(const CaptionerOptions& options) : options_(options) {
    const Device device = device_of(options.run.compute);
    if (options.features.empty()) {
      read_photographs(device);
    } else {
      const CaptionedSplit read =
          read_feature_pairs(options.features, options.validation_features, device);
      data_ = {captioned_maps(read.training), captioned_maps(read.validation)};
    }
    if (options.from.empty()) {
      start_new(device);
    } else {
      start_from(device);
    }
    data_.training.encode(vocabulary_);
    data_.validation.encode(vocabulary_);
    batches_.emplace(std::vector<int32_t>(size_t(data_.training.images()), 1), options.run.batch,
                     options.run.seed);
    if (options.self_critical) rewards_.emplace(data_.training);
    spdlog::info("{} photographs with {} captions, {} words known; {} with {} held out",
                 data_.training.images(), data_.training.captions(), vocabulary_.size(),
                 data_.validation.images(), data_.validation.captions());
  }

  void run() {
    Training training;
    training.name = "captioner";
    training.items = "words";
    training.parameters = parameters_of(model_);
    if (tuned_) tuned_->join(training, options_.run.rate);
    training.steps_per_epoch = batches_->per_epoch();
    training.data = data_.training.fingerprint();
    training.loss = [&](Tape& tape, int64_t step) { return loss(tape, step); };
    training.validate = [&] { return validate(); };
    training.write_model = [&](ModelFileWriter& file) {
      p2s::write_model(file, model_);
      if (tuned_) write_convnet(file, tuned_->convnet(), Storing::f32);
      write_words(file, word_list(vocabulary_));
    };
    train(options_.run, training);
  }

 private:
  void read_photographs(Device device) {
    check(!options_.convnet.empty(), ErrorCode::usage,
          "--convnet is missing: make the file with p2s-train import-cnn");
    const ModelFileReader convnet_file(options_.convnet);
    ConvNet convnet = read_convnet(convnet_file, device);
    data_ = read_data(options_, convnet);
    if (options_.fine_tuning.wanted()) {
      tuned_.emplace(read_trainable_convnet(convnet_file, device), options_.fine_tuning,
                     options_.layer, data_.training.paths, data_.validation.paths,
                     uint64_t(options_.run.seed));
    }
  }

  void start_new(Device device) {
    vocabulary_ = caption_vocabulary(options_, data_.training);
    const Shape& shape = data_.training.maps.shape;
    CaptionerConfig config;
    config.vocabulary = vocabulary_.size();
    config.word = options_.word;
    config.hidden = options_.hidden;
    config.attention = options_.attention;
    config.annotation = options_.annotation;
    config.places = shape[1] * shape[2];
    config.features = shape[3];
    config.layer = options_.layer;
    config.dropout = real(options_.dropout);
    config.hard = options_.hard;
    Rng rng{uint64_t(options_.run.seed)};
    model_ = Captioner(config, device, rng);
    if (!options_.word_vectors.empty())
      start_words(model_.words, vocabulary_, options_.word_vectors, "--word");
  }

  void start_from(Device device) {
    const ModelFileReader file(options_.from);
    model_ = read_captioner(file, device);
    vocabulary_ = vocabulary_of(read_words(file));
    const Shape& shape = data_.training.maps.shape;
    check(model_.config.layer == options_.layer && model_.config.features == shape[3] &&
              model_.config.places == shape[1] * shape[2],
          ErrorCode::usage, "--from {}: looks at {} places of {} numbers ({}), here are {} of {}",
          options_.from.string(), model_.config.places, model_.config.features, model_.config.layer,
          shape[1] * shape[2], shape[3]);
    // Captions are drawn without dropout; their gradient is to be that of the same network.
    model_.config.dropout = options_.self_critical ? 0 : real(options_.dropout);
  }

  StepLoss loss(Tape& tape, int64_t step) {
    const std::vector<int64_t> images = batches_->at(step);
    const Var seen =
        tuned_ ? places(tape, tuned_->outputs(tape, images, step)) : data_.training.maps.of(images);
    CaptionBatch batch =
        options_.self_critical ? drawn(seen, images, step) : data_.training.batch(seen, images);
    if (options_.scheduled_sampling > 0) read_own_words(batch, step);
    const Captioner::Penalties penalties{.coverage = real(options_.coverage),
                                         .entropy = real(options_.entropy),
                                         .soft_share = real(options_.soft_share)};
    return {model_.loss(tape, batch, penalties), double(batch.words.tokens())};
  }

  // [I,H,W,C] as [I,H*W,C].
  Var places(Tape& tape, const Var& maps) const {
    return reshape(tape, maps,
                   {maps.shape()[0], maps.shape()[1] * maps.shape()[2], maps.shape()[3]});
  }

  Tensor held_out_maps(const std::vector<int64_t>& images) const {
    if (!tuned_) return data_.validation.maps.of(images);
    Tape tape(model_.words.value.device());
    return places(tape, tuned_->held_out_outputs(images)).value;
  }

  // Captions that the model draws, each weighing what it is better than the others.
  CaptionBatch drawn(const Var& maps, const std::vector<int64_t>& images, int64_t step) const {
    Rng rng(uint64_t(options_.run.seed) ^ kDrawStream, uint64_t(step));
    const CaptionDecoder decoder(model_);
    const std::vector<std::vector<int32_t>> captions =
        draw_captions(decoder, maps.value, options_.samples, kMostWords, rng);
    return caption_batch(maps, captions, options_.samples,
                         rewards_->advantages(images, captions, options_.samples, vocabulary_));
  }

  // Scheduled sampling (Bengio et al. 2015) in two passes (Mihaylova & Martins 2019): some words
  // that are read are drawn from what the model predicts there when it reads the true ones.
  void read_own_words(CaptionBatch& batch, int64_t step) const {
    const double share = options_.scheduled_sampling * double(step) /
                         double(total_steps(options_.run, batches_->per_epoch()));
    Rng rng(uint64_t(options_.run.seed) ^ kDrawStream, uint64_t(step));
    batch.read = batch.words.shifted().ids;
    const Captioner::WordScores scores = model_.word_scores(batch);
    const std::vector<real> log_p = scores.log_probabilities.to_host();
    const auto vocabulary = size_t(model_.config.vocabulary);
    for (size_t n = 0; n < scores.places.size(); ++n) {
      if (rng.uniform_double() >= share) continue;
      const auto next = size_t(scores.places[n]) + size_t(batch.words.batch);
      if (next >= batch.read.size() || batch.read[next] < 0) continue;
      batch.read[next] = draw_word({log_p.data() + n * vocabulary, vocabulary}, rng);
    }
  }

  Validation validate() const {
    const CaptionedMaps& data = data_.validation;
    const CaptionDecoder decoder(model_);
    const CaptionSearch search{
        .beam = options_.beam, .most_words = kMostWords, .length_power = options_.length_power};
    std::vector<ScoredCaption> captions;
    double loss = 0, words = 0;
    for (int64_t begin = 0; begin < data.images(); begin += kSideBySide) {
      throw_if_stopped();
      const auto images = range(begin, std::min(data.images(), begin + kSideBySide));
      const Tensor maps = held_out_maps(images);
      const auto found = search_captions(decoder, maps, search);
      for (size_t i = 0; i < images.size(); ++i) {
        ScoredCaption& scored = captions.emplace_back();
        for (int32_t id : found[i].at(0).words) scored.candidate.push_back(vocabulary_.word(id));
        scored.references = data.tokens[size_t(images[i])];
      }
      const CaptionBatch batch = data.batch(maps, images);
      const auto count = double(batch.words.tokens());
      loss += count * model_.mean_loss(batch);
      words += count;
    }
    const CaptionScores scores = score_captions(captions);
    return {{{"loss", loss / words},
             {"bleu_1", scores.bleu[0]},
             {"bleu_2", scores.bleu[1]},
             {"bleu_3", scores.bleu[2]},
             {"bleu_4", scores.bleu[3]},
             {"meteor", scores.meteor},
             {"rouge_l", scores.rouge_l},
             {"cider_d", scores.cider_d},
             {"words", scores.mean_length},
             {"distinct", double(scores.distinct_captions)}},
            options_.choose == "bleu4" ? -scores.bleu[3] : -scores.cider_d};
  }

  const CaptionerOptions& options_;
  CaptionedMapsSplit data_;
  Vocabulary vocabulary_;
  std::optional<StepBatches> batches_;
  std::optional<CaptionRewards> rewards_;
  Captioner model_;
  std::optional<FineTunedConvNet> tuned_;
};

void add_data_flags(CommandLine& line, CaptionerOptions& o) {
  line.paths("--coco", o.coco, "COCO caption file, or a folder of them; may be repeated");
  line.path("--validation", o.validation,
            "caption file to validate on (default: captions_val*.json of --coco)");
  line.path("--convnet", o.convnet, "convnet file, from p2s-train import-cnn");
  line.paths("--features", o.features,
             "instead of photographs: features NAME_ims.npy, vectors or maps, captions "
             "NAME_caps.txt beside them; may be repeated");
  line.path("--validation-features", o.validation_features, "such features to validate on");
  line.text("--layer", o.layer, "the convnet's layer whose places are looked at");
  line.whole("--vocab", o.vocabulary, 3, 10'000'000, "words known, the most frequent ones");
  line.whole("--min-count", o.min_count, 1, 1'000'000'000, "words seen less often are unknown");
  line.path("--word-vectors", o.word_vectors,
            "encoder file with word vectors (p2s-train words), or a pack: words start as these");
  line.path("--from", o.from,
            "model.h5 of a captioner run to go on with: its weights, words and sizes");
}

void add_model_flags(CommandLine& line, CaptionerOptions& o) {
  line.whole("--word", o.word, 1, 100'000, "size of a word vector");
  line.whole("--hidden", o.hidden, 1, 100'000, "size of the LSTM's state");
  line.whole("--attention", o.attention, 1, 100'000,
             "size of the space in which places are scored");
  line.whole("--annotation", o.annotation, 1, 100'000,
             "size that a place's vector is projected to");
  line.number("--dropout", o.dropout, 0, 0.99, "on words, places, states and before the output");
  line.number("--coverage", o.coverage, 0, 1e6,
              "weight of the doubly stochastic regulariser: every place is to be looked at");
  line.flag("--hard", o.hard, "hard attention: one place a word is drawn (REINFORCE)");
  line.number("--entropy", o.entropy, 0, 1e6, "--hard: pay for attention that is sure too early");
  line.number("--soft-share", o.soft_share, 0, 1, "--hard: share of batches with soft attention");
}

void add_objective_flags(CommandLine& line, CaptionerOptions& o) {
  line.number("--scheduled-sampling", o.scheduled_sampling, 0, 1,
              "share of words read that the model chose itself, rising to this over the run");
  line.flag("--self-critical", o.self_critical,
            "draw captions and reward their CIDEr; --from a captioner, at a fiftieth of its --lr");
  line.whole("--samples", o.samples, 2, 1000, "--self-critical: captions drawn of a photograph");
  line.choice("--choose", o.choose, {"cider", "bleu4"},
              "the validation figure that chooses the model");
  line.whole("--beam", o.beam, 1, 100, "width of the beam in validation");
  line.number("--length-power", o.length_power, 0, 10,
              "of the beam: log-probability / length^power ranks captions");
}

}  // namespace

void train_captioner(const CaptionerOptions& options) {
  check(!options.self_critical || !options.hard, ErrorCode::usage,
        "--self-critical and --hard are two rewards for one loss; give one of them");
  require_one_source(options.coco, options.features, options.fine_tuning);
  require_sense(options.fine_tuning, options.run.rate);
  begin_run(options.run);
  CaptionerTraining(options).run();
}

void captioner_command(const std::vector<std::string>& arguments, std::ostream& out) {
  CaptionerOptions o;
  CommandLine line(
      "p2s-train captioner",
      "Trains the captioner, which looks at places of a photograph word by word.",
      "  p2s-train captioner --coco flickr8k/ --convnet lite0.h5 --out runs/captioner "
      "--schedule cosine\n"
      "  p2s-train captioner --coco flickr8k/ --convnet lite0.h5 --from runs/captioner/model.h5 "
      "--self-critical --lr 0.00002 --schedule cosine --epochs 3 --out runs/captioner_cider\n"
      "  p2s-train captioner --coco flickr8k/ --convnet lite0.h5 --from runs/captioner/model.h5 "
      "--finetune block12 --frozen-batch-norm --augment --epochs 4 --out runs/captioner_tuned\n"
      "  p2s-train captioner --out runs/captioner --resume\n");
  add_data_flags(line, o);
  add_model_flags(line, o);
  add_objective_flags(line, o);
  add_fine_tuning_flags(line, o.fine_tuning);
  add_run_flags(line, o.run);
  if (parse_run(line, o.run, arguments, out)) train_captioner(o);
}

}  // namespace p2s
