#include "train/vse_trainer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "features/caption_data.h"
#include "features/sentence_vectors.h"
#include "features/word_list.h"
#include "metrics/recall.h"
#include "models/model_files.h"
#include "nn/base/error.h"
#include "train/loop.h"
#include "train/run_flags.h"
#include "train/vse_batches.h"
#include "train/vse_data.h"
#include "train/word_start.h"

namespace p2s {
namespace {

// Photographs that pass the convnet side by side in validation.
constexpr int64_t kSideBySide = 64;

Var rows(Tape& tape, const Tensor& features, const std::vector<int32_t>& images) {
  return gather(tape, features, Ids({int64_t(images.size())}, features.device(), images));
}

class VseTraining {
 public:
  explicit VseTraining(const VseOptions& options) : options_(options) {
    const Device device = device_of(options.run.compute);
    VseData read = read_vse_data(options, device);
    data_ = std::move(read.captions);
    vocabulary_ = std::move(read.vocabulary);
    data_.training.encode(vocabulary_);
    data_.validation.encode(vocabulary_);
    batches_.emplace(data_.training, options.run.batch, options.captions_per_photo,
                     options.run.seed);
    spdlog::info("{} photographs with {} captions, {} words known; {} with {} held out",
                 data_.training.images(), data_.training.image.size(), vocabulary_.size(),
                 data_.validation.images(), data_.validation.image.size());
    make_model(device);
    if (options.fine_tuning.wanted()) {
      tuned_.emplace(*read.convnet, options.fine_tuning, "", data_.training.paths,
                     data_.validation.paths, uint64_t(options.run.seed));
    } else if (read.own_convnet) {
      convnet_ = std::move(read.convnet);
    }
  }

  void run() {
    Training training;
    training.name = "vse";
    training.items = "captions";
    training.parameters = parameters_of(model_);
    if (tuned_) tuned_->join(training, options_.run.rate);
    training.steps_per_epoch = batches_->per_epoch();
    training.data = data_.training.fingerprint();
    training.loss = [&](Tape& tape, int64_t step) { return loss(tape, step); };
    training.validate = [&] { return validate(); };
    training.write_model = [&](ModelFileWriter& file) { write(file); };
    train(options_.run, training);
  }

 private:
  void make_model(Device device) {
    if (!options_.from.empty()) {
      model_ = read_vse(ModelFileReader(options_.from), device);
      model_.config.margin = real(options_.contrasts.margin);
      model_.config.dropout = real(options_.dropout);
      check(model_.config.features == data_.training.features.shape()[1], ErrorCode::usage,
            "--from {}: reads {} features of a photograph, these are {}", options_.from.string(),
            model_.config.features, data_.training.features.shape()[1]);
      return;
    }
    VseConfig config;
    config.vocabulary = vocabulary_.size();
    config.word = options_.word;
    config.embedding = options_.embedding;
    config.features = data_.training.features.shape()[1];
    config.margin = real(options_.contrasts.margin);
    config.dropout = real(options_.dropout);
    config.measure = measure(options_.measure);
    config.text_encoder = text_encoder(options_.text_encoder);
    Rng rng{uint64_t(options_.run.seed)};
    model_ = Vse(config, device, rng);
    if (!options_.word_vectors.empty()) {
      start_words(model_.sentence.words, vocabulary_, options_.word_vectors, "--word");
    }
  }

  void write(ModelFileWriter& file) {
    write_model(file, model_);
    write_words(file, word_list(vocabulary_));
    if (tuned_) write_convnet(file, tuned_->convnet(), Storing::f32);
    if (convnet_) write_convnet(file, *convnet_, Storing::f32);
  }

  StepLoss loss(Tape& tape, int64_t step) {
    const CaptionedFeatures& data = data_.training;
    const VseBatch batch = batches_->at(step);
    const double epoch = double(step) / double(batches_->per_epoch());
    const Var features =
        tuned_ ? tuned_features(tape, batch.images, step) : rows(tape, data.features, batch.images);
    return {model_.loss(tape, features, data.batch(batch.captions), options_.contrasts.at(epoch)),
            double(batch.captions.size())};
  }

  Var tuned_features(Tape& tape, const std::vector<int32_t>& images, int64_t step) const {
    const auto count = int64_t(images.size());
    const Var made = tuned_->outputs(tape, {images.begin(), images.end()}, step);
    return reshape(tape, made, {count, model_.config.features});
  }

  Tensor held_out_features() const {
    const int64_t count = data_.validation.images(), width = model_.config.features;
    std::vector<real> all;
    for (int64_t begin = 0; begin < count; begin += kSideBySide) {
      std::vector<int64_t> images(size_t(std::min(kSideBySide, count - begin)));
      std::iota(images.begin(), images.end(), begin);
      const std::vector<real> rows = tuned_->held_out_outputs(images).to_host();
      all.insert(all.end(), rows.begin(), rows.end());
    }
    return Tensor({count, width}, data_.validation.features.device(), all);
  }

  Validation validate() {
    const CaptionedFeatures& data = data_.validation;
    Tape tape(data.features.device());
    const Var images = model_.embed_images(tape, tuned_ ? held_out_features() : data.features);
    const Var captions = sentence_vectors(model_, data.words);
    const Var scores = model_.scores(tape, images, captions);
    const BothWays r = recall_both_ways(scores.value.to_host(), data.image);
    return {{{"image_to_caption_r1", r.to_caption.at1},
             {"image_to_caption_r5", r.to_caption.at5},
             {"image_to_caption_r10", r.to_caption.at10},
             {"image_to_caption_median", r.to_caption.median_rank},
             {"caption_to_image_r1", r.to_image.at1},
             {"caption_to_image_r5", r.to_image.at5},
             {"caption_to_image_r10", r.to_image.at10},
             {"caption_to_image_median", r.to_image.median_rank},
             {"sum", r.sum()},
             {"loss", hinge(images, captions)}},
            -r.sum()};
  }

  // The sum of hinges over blocks of the held-out captions, as in training. Captions far from each
  // other share a block: neighbours are of one photograph.
  double hinge(const Var& images, const Var& captions) const {
    const CaptionedFeatures& data = data_.validation;
    const auto count = int64_t(data.image.size());
    const int64_t blocks = (count + options_.run.batch - 1) / options_.run.batch;
    double sum = 0;
    for (int64_t block = 0; block < blocks; ++block) {
      std::vector<int64_t> chosen;
      for (int64_t c = block; c < count; c += blocks) chosen.push_back(c);
      const std::vector<int32_t> places(chosen.begin(), chosen.end());
      Tape tape(images.value.device());
      const Var scores = model_.scores(tape, rows(tape, images.value, data.images_of(chosen)),
                                       rows(tape, captions.value, places));
      sum += double(ranking_hinge(tape, scores, model_.config.margin, false).value.item());
    }
    return sum / double(count);
  }

  const VseOptions& options_;
  CaptionedSplit data_;
  Vocabulary vocabulary_;
  std::optional<VseBatches> batches_;
  Vse model_;
  std::optional<FineTunedConvNet> tuned_;
  std::optional<ConvNet> convnet_;  // that the model has of its own, from an earlier fine-tuning
};

}  // namespace

Contrasts ContrastSchedule::at(double epoch) const {
  const double grown = margin_epochs > 0 ? std::min(1.0, epoch / margin_epochs) : 1;
  return {.margin = real(margin_start + grown * (margin - margin_start)),
          .hardest = hardest || (hardest_after > 0 && epoch >= hardest_after)};
}

void train_vse(const VseOptions& options) {
  begin_run(options.run);
  VseTraining(options).run();
}

void vse_command(const std::vector<std::string>& arguments, std::ostream& out) {
  VseOptions o;
  CommandLine line(
      "p2s-train vse", "Trains the embedding in which photographs find their captions.",
      "  p2s-train vse --coco captions/ --convnet lite0.h5 --out runs/vse\n"
      "  p2s-train vse --coco flickr8k/ --coco coco/ --convnet lite0.h5 --out runs/vse "
      "--hardest-after 3 --schedule step --decay-epochs 5\n"
      "  p2s-train vse --coco flickr8k/ --convnet lite0.h5 --from runs/vse/model.h5 --finetune "
      "block12 --frozen-batch-norm --augment --captions-per-photo 5 --out runs/tuned\n"
      "  p2s-train vse --features f8k_train_ims.npy --validation-features f8k_dev_ims.npy --out "
      "runs/vse\n"
      "  p2s-train vse --out runs/vse --resume\n");
  line.paths("--coco", o.coco, "COCO caption file, or a folder of them; may be repeated");
  line.path("--validation", o.validation,
            "caption file to validate on (default: captions_val*.json of --coco)");
  line.path("--convnet", o.convnet, "convnet file, from p2s-train import-cnn");
  line.paths("--features", o.features,
             "instead of photographs: features NAME_ims.npy, captions NAME_caps.txt beside them; "
             "may be repeated");
  line.path("--validation-features", o.validation_features, "such features to validate on");
  line.path("--from", o.from, "model.h5 of a vse run: its words, sizes and weights are the start");
  line.whole("--vocab", o.vocabulary, 3, 10'000'000, "words known, the most frequent ones");
  line.whole("--min-count", o.min_count, 1, 1'000'000'000, "words seen less often are unknown");
  line.path("--word-vectors", o.word_vectors,
            "words start as these: word2vec or GloVe file, file of p2s-train words, or pack");
  line.whole("--word", o.word, 1, 100'000, "size of a word vector");
  line.whole("--embedding", o.embedding, 1, 100'000, "size of the common space");
  line.choice("--measure", o.measure, {"cosine", "order"},
              "how photographs and captions are compared; order: captions stand above photographs "
              "(--margin 0.05)");
  line.choice("--text-encoder", o.text_encoder, {"gru", "bow"},
              "of captions; bow: a bag of words, which can be added and subtracted");
  ContrastSchedule& contrasts = o.contrasts;
  line.number("--margin", contrasts.margin, 0, 2, "of the ranking loss");
  line.number("--margin-epochs", contrasts.margin_epochs, 0, 1e9,
              "epochs in which the margin grows from --margin-start; 0: it stays");
  line.number("--margin-start", contrasts.margin_start, 0, 2, "the margin at first");
  line.number("--dropout", o.dropout, 0, 0.99, "on features and word vectors");
  line.flag("--hardest", contrasts.hardest, "only the hardest contrast counts (VSE++)");
  line.number("--hardest-after", contrasts.hardest_after, 0, 1e9,
              "the hardest contrast after so many epochs of the sum; 0: never");
  line.whole("--captions-per-photo", o.captions_per_photo, 0, 1000,
             "a step takes --batch photographs with so many captions each; 0: --batch captions");
  add_fine_tuning_flags(line, o.fine_tuning);
  add_run_flags(line, o.run);
  if (parse_run(line, o.run, arguments, out)) train_vse(o);
}

}  // namespace p2s
