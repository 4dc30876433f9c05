#include "train/vse_trainer.h"

#include <spdlog/spdlog.h>

#include "data/tokenizer.h"
#include "models/model_files.h"
#include "models/vse.h"
#include "nn/base/error.h"
#include "nn/base/parallel.h"
#include "train/book_options.h"
#include "train/caption_data.h"
#include "train/loop.h"
#include "train/recall.h"
#include "train/run_flags.h"
#include "train/sentence_vectors.h"
#include "train/step_batches.h"

namespace p2s {
namespace {

// Without a validation file one photograph in so many is held out.
constexpr int64_t kHoldOutEvery = 10;

CaptionedSplit read_data(const VseOptions& options, ConvNet& convnet) {
  std::vector<std::filesystem::path> training, validation;
  for (const auto& path : options.coco) {
    const CaptionSplit split = find_captions(path);
    training.insert(training.end(), split.train.begin(), split.train.end());
    validation.insert(validation.end(), split.validation.begin(), split.validation.end());
  }
  if (!options.validation.empty()) {
    const CaptionSplit split = find_captions(options.validation);
    validation = split.validation.empty() ? split.train : split.validation;
  }
  const CaptionedFeatures all = captioned_features(training, convnet);
  if (validation.empty()) return hold_out(all, kHoldOutEvery);
  return {all, captioned_features(validation, convnet)};
}

Vocabulary caption_vocabulary(const VseOptions& options, const CaptionedFeatures& data) {
  VocabularyBuilder builder;
  for (const std::string& text : data.texts) builder.add(tokenize(text));
  return builder.build(options.vocabulary, options.min_count);
}

Var rows(Tape& tape, const Tensor& features, const std::vector<int32_t>& images) {
  return gather(tape, features, Ids({int64_t(images.size())}, features.device(), images));
}

// The words that `file` has vectors of start as these; the others stay as they were drawn.
void start_words(Var& table, const Vocabulary& vocabulary, const std::filesystem::path& path) {
  const ModelFileReader file(path);
  const Tensor vectors = read_content_words(file, Device::ref);
  check(vectors.defined(), ErrorCode::usage,
        "--word-vectors {}: has no word vectors; make them with p2s-train words", path.string());
  const int64_t size = table.shape()[1];
  check(vectors.shape()[1] == size, ErrorCode::usage,
        "--word-vectors {}: vectors of {} numbers; give --word {}", path.string(),
        vectors.shape()[1], vectors.shape()[1]);
  const Vocabulary known = vocabulary_of(read_words(file));
  const std::vector<real> from = vectors.to_host();
  std::vector<real> to = table.value.to_host();
  int64_t found = 0;
  for (int32_t id = 2; id < vocabulary.size(); ++id) {
    const int32_t row = known.id(vocabulary.word(id));
    if (row == Vocabulary::kUnknown) continue;
    std::copy_n(from.begin() + row * size, size, to.begin() + id * size);
    ++found;
  }
  table.value.copy_from(Tensor(table.shape(), table.value.device(), to));
  spdlog::info("{}: vectors of {} of the {} words", path.string(), found, vocabulary.size());
}

class VseTraining {
 public:
  explicit VseTraining(const VseOptions& options) : options_(options) {
    const Device device = run_device(options.run);
    check(!options.coco.empty(), ErrorCode::usage,
          "--coco is missing: a caption file in COCO's layout, or a folder of them");
    check(!options.convnet.empty(), ErrorCode::usage,
          "--convnet is missing: make the file with p2s-train import-cnn");
    ConvNet convnet = read_convnet(ModelFileReader(options.convnet), device);
    data_ = read_data(options, convnet);
    vocabulary_ = caption_vocabulary(options, data_.training);
    data_.training.encode(vocabulary_);
    data_.validation.encode(vocabulary_);
    batches_.emplace(data_.training.lengths(), options.run.batch, options.run.seed);
    VseConfig config;
    config.vocabulary = vocabulary_.size();
    config.word = options.word;
    config.embedding = options.embedding;
    config.features = data_.training.features.shape()[1];
    config.margin = real(options.margin);
    config.dropout = real(options.dropout);
    Rng rng{uint64_t(options.run.seed)};
    model_ = Vse(config, device, rng);
    if (!options.word_vectors.empty()) {
      start_words(model_.sentence.words, vocabulary_, options.word_vectors);
    }
    spdlog::info("{} photographs with {} captions, {} words known; {} with {} held out",
                 data_.training.images(), data_.training.image.size(), vocabulary_.size(),
                 data_.validation.images(), data_.validation.image.size());
  }

  void run() {
    Training training;
    training.name = "vse";
    training.items = "captions";
    training.parameters = parameters_of(model_);
    training.steps_per_epoch = batches_->per_epoch();
    training.data = data_.training.fingerprint();
    training.loss = [&](Tape& tape, int64_t step) { return loss(tape, step); };
    training.validate = [&] { return validate(); };
    training.write_model = [&](ModelFileWriter& file) {
      p2s::write_model(file, model_);
      write_words(file, word_list(vocabulary_));
    };
    train(options_.run, training);
  }

 private:
  StepLoss loss(Tape& tape, int64_t step) {
    const CaptionedFeatures& data = data_.training;
    const std::vector<int64_t> captions = batches_->at(step);
    const double epoch = double(step) / double(batches_->per_epoch());
    const bool hardest =
        options_.hardest || (options_.hardest_after > 0 && epoch >= options_.hardest_after);
    return {model_.loss(tape, rows(tape, data.features, data.images_of(captions)),
                        data.batch(captions), hardest),
            double(captions.size())};
  }

  Validation validate() {
    const CaptionedFeatures& data = data_.validation;
    Tape tape(data.features.device());
    const Var images = model_.embed_images(tape, data.features);
    const Var captions = sentence_vectors(model_, data.words);
    const Var scores = matmul(tape, images, captions, Transpose::b);
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
      const Var scores = matmul(tape, rows(tape, images.value, data.images_of(chosen)),
                                rows(tape, captions.value, places), Transpose::b);
      sum += double(ranking_hinge(tape, scores, model_.config.margin, false).value.item());
    }
    return sum / double(count);
  }

  const VseOptions& options_;
  CaptionedSplit data_;
  Vocabulary vocabulary_;
  std::optional<StepBatches> batches_;
  Vse model_;
};

}  // namespace

void train_vse(const VseOptions& options) {
  set_threads(int(options.run.threads));
  prepare_run_folder(options.run);
  VseTraining(options).run();
}

void vse_command(const std::vector<std::string>& arguments, std::ostream& out) {
  VseOptions o;
  CommandLine line(
      "p2s-train vse", "Trains the embedding in which photographs find their captions.",
      "  p2s-train vse --coco captions/ --convnet lite0.h5 --out runs/vse\n"
      "  p2s-train vse --coco flickr8k/ --coco coco/ --convnet lite0.h5 --out runs/vse "
      "--hardest-after 3 --schedule step --decay-epochs 5\n"
      "  p2s-train vse --out runs/vse --resume\n");
  line.paths("--coco", o.coco, "COCO caption file, or a folder of them; may be repeated");
  line.path("--validation", o.validation,
            "caption file to validate on (default: captions_val*.json of --coco)");
  line.path("--convnet", o.convnet, "convnet file, from p2s-train import-cnn");
  line.whole("--vocab", o.vocabulary, 3, 10'000'000, "words known, the most frequent ones");
  line.whole("--min-count", o.min_count, 1, 1'000'000'000, "words seen less often are unknown");
  line.path("--word-vectors", o.word_vectors,
            "encoder file with word vectors (p2s-train words), or a pack: words start as these");
  line.whole("--word", o.word, 1, 100'000, "size of a word vector");
  line.whole("--embedding", o.embedding, 1, 100'000, "size of the common space");
  line.number("--margin", o.margin, 0, 2, "of the ranking loss");
  line.number("--dropout", o.dropout, 0, 0.99, "on features and word vectors");
  line.flag("--hardest", o.hardest, "only the hardest contrast counts (VSE++)");
  line.number("--hardest-after", o.hardest_after, 0, 1e9,
              "the hardest contrast after so many epochs of the sum; 0: never");
  add_run_flags(line, o.run);
  if (parse_run(line, o.run, arguments, out)) train_vse(o);
}

}  // namespace p2s
