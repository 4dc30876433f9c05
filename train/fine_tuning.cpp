#include "train/fine_tuning.h"

#include "nn/base/error.h"

namespace p2s {
namespace {

// Streams of random numbers beside those of the training loop.
constexpr uint64_t kViewKeys = 0x76696577, kViewChoice = 0x63686f69;

std::vector<PhotoView> plain_views(const std::vector<std::filesystem::path>& photographs) {
  std::vector<PhotoView> views;
  for (const auto& path : photographs) views.push_back({path, {}});
  return views;
}

// All views of the first photograph, then those of the second, ...
std::vector<PhotoView> augmented_views(const std::vector<std::filesystem::path>& photographs,
                                       int64_t each, uint64_t seed) {
  Rng keys(seed, kViewKeys);
  std::vector<PhotoView> views;
  for (const auto& path : photographs) {
    for (int64_t view = 0; view < each; ++view) views.push_back({path, keys.key()});
  }
  return views;
}

}  // namespace

void add_fine_tuning_flags(CommandLine& line, FineTuning& o) {
  line.text("--finetune", o.layer,
            "train the convnet too, from this layer on; a wrong name lists the layers");
  line.number("--finetune-rate", o.rate, 0, 1e6, "its learning rate; it goes like --lr");
  line.flag("--frozen-batch-norm", o.frozen_batch_norm,
            "its batch norms keep their statistics, gains and biases");
  line.flag("--augment", o.augment,
            "photographs are cropped, mirrored and coloured at random; with --finetune");
  line.whole("--views", o.views, 0, 1000,
             "with --augment: so many views of each photograph, what the untrained layers make of "
             "them kept in memory; 0: another view at every step");
}

void require_sense(const FineTuning& o, double rate) {
  check(!o.augment || o.wanted(), ErrorCode::usage,
        "--augment changes what a convnet that is trained sees; give --finetune LAYER");
  check(!o.wanted() || rate > 0, ErrorCode::usage,
        "--finetune: its rate is a share of --lr, which is 0");
}

void require_one_source(const std::vector<std::filesystem::path>& coco,
                        const std::vector<std::filesystem::path>& features, const FineTuning& o) {
  check(coco.empty() != features.empty(), ErrorCode::usage,
        "{}: a caption file in COCO's layout, or a folder of them; or --features, features with "
        "captions",
        coco.empty() ? "--coco is missing" : "--coco and --features are one too many");
  check(
      features.empty() || !o.wanted(), ErrorCode::usage,
      "--finetune: features of a file have no photographs behind them; give --coco and --convnet");
}

FineTunedConvNet::FineTunedConvNet(const ConvNet& convnet, const FineTuning& options,
                                   const std::string& read,
                                   const std::vector<std::filesystem::path>& photographs,
                                   const std::vector<std::filesystem::path>& held_out,
                                   uint64_t seed)
    : convnet_(convnet),
      options_(options),
      photographs_(photographs),
      seed_(seed),
      from_(convnet.layer_index(options.layer)),
      to_((read.empty() ? convnet.features_layer() : convnet.layer_index(read)) + 1) {
  check(from_ < to_, ErrorCode::usage,
        "--finetune {}: comes after {}, the layer of {} that is read; take one up to it",
        options.layer, convnet.layers()[to_ - 1], convnet.name());
  convnet_.train_from(options.layer, options.frozen_batch_norm);
  if (!options.augment) {
    options_.views = 1;
    views_ = KeptLayerInputs(convnet_, from_, plain_views(photographs));
  } else if (options.views > 0) {
    views_ = KeptLayerInputs(convnet_, from_, augmented_views(photographs, options.views, seed));
  }
  held_out_ = KeptLayerInputs(convnet_, from_, plain_views(held_out));
}

void FineTunedConvNet::join(Training& training, double rate) {
  for (NamedParameter& p : convnet_.trained("convnet.")) {
    p.rate = options_.rate / rate;
    training.parameters.push_back(p);
  }
  for (const NamedParameter& p : parameters_of(convnet_, "convnet.")) {
    const bool moves = p.name.ends_with("norm.mean") || p.name.ends_with("norm.variance");
    if (moves) training.statistics.push_back(p);
  }
}

Var FineTunedConvNet::outputs(Tape& tape, const std::vector<int64_t>& places, int64_t step) const {
  Rng rng(seed_ ^ kViewChoice, uint64_t(step));
  if (options_.views == 0) {
    std::vector<PhotoView> views;
    for (int64_t place : places) views.push_back({photographs_[size_t(place)], rng.key()});
    return convnet_.run(tape, layer_inputs(convnet_, from_, views), from_, to_);
  }
  std::vector<int64_t> kept;
  for (int64_t place : places) {
    kept.push_back(place * options_.views + int64_t(rng.below(uint64_t(options_.views))));
  }
  return convnet_.run(tape, views_.at(kept), from_, to_);
}

Tensor FineTunedConvNet::held_out_outputs(const std::vector<int64_t>& places) const {
  Tape tape(convnet_.device());
  return convnet_.run(tape, held_out_.at(places), from_, to_).value;
}

}  // namespace p2s
