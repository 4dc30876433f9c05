#pragma once

#include <optional>

#include "data/vocabulary.h"
#include "features/caption_data.h"
#include "models/convnet.h"
#include "train/vse_trainer.h"

namespace p2s {

// What the embedding is trained on.
struct VseData {
  CaptionedSplit captions;
  Vocabulary vocabulary;           // of the training captions, or of --from
  std::optional<ConvNet> convnet;  // that made the features; ready to be trained if that is wanted
  bool own_convnet = false;        // it came with --from: the model is nothing without it
};

// Error(usage) says which flags are missing or contradict each other.
VseData read_vse_data(const VseOptions& options, Device device);

}  // namespace p2s
