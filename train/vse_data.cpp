#include "train/vse_data.h"

#include "data/tokenizer.h"
#include "features/feature_pairs.h"
#include "features/word_list.h"
#include "models/model_files.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

void require_sources(const VseOptions& o, bool own_convnet) {
  require_one_source(o.coco, o.features, o.fine_tuning);
  check(!o.features.empty() || !o.convnet.empty() || own_convnet, ErrorCode::usage,
        "--convnet is missing: make the file with p2s-train import-cnn");
  require_sense(o.fine_tuning, o.run.rate);
  check(o.from.empty() || o.word_vectors.empty(), ErrorCode::usage,
        "--from and --word-vectors: both are a start; give one");
}

CaptionedSplit read_photographs(const VseOptions& options, ConvNet& convnet) {
  const CaptionSplit files = caption_split(options.coco, options.validation);
  const CaptionedFeatures all = captioned_features(files.train, convnet);
  if (files.validation.empty()) return hold_out(all, kHoldOutEvery);
  return {all, captioned_features(files.validation, convnet)};
}

Vocabulary vocabulary(const VseOptions& options, const CaptionedFeatures& data) {
  if (!options.from.empty()) return vocabulary_of(read_vse_words(ModelFileReader(options.from)));
  VocabularyBuilder builder;
  for (const std::string& text : data.texts) builder.add(tokenize(text));
  return builder.build(options.vocabulary, options.min_count);
}

}  // namespace

VseData read_vse_data(const VseOptions& options, Device device) {
  VseData data;
  data.own_convnet = options.convnet.empty() && !options.from.empty() &&
                     has_own_convnet(ModelFileReader(options.from));
  require_sources(options, data.own_convnet);
  if (options.features.empty()) {
    const ModelFileReader file(data.own_convnet ? options.from : options.convnet);
    ConvNet convnet = read_convnet(file, device);
    data.captions = read_photographs(options, convnet);
    data.convnet = options.fine_tuning.wanted() ? read_trainable_convnet(file, device) : convnet;
  } else {
    data.captions = read_feature_pairs(options.features, options.validation_features, device);
    check(data.captions.training.map.empty(), ErrorCode::usage,
          "--features {}: holds maps [{}], an embedding reads vectors; leave --layer out of "
          "p2s-features",
          options.features[0].string(), fmt::join(data.captions.training.map, ","));
  }
  data.vocabulary = vocabulary(options, data.captions.training);
  return data;
}

}  // namespace p2s
