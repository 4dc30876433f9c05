#pragma once

#include <cstdint>
#include <vector>

#include "features/caption_data.h"
#include "train/step_batches.h"

namespace p2s {

// Photographs, and captions of them: caption k * images + i is of image i.
struct VseBatch {
  std::vector<int32_t> images;
  std::vector<int64_t> captions;
};

// The batch of any step. Either `batch` captions of like length, each with its photograph; or, with
// `captions_per_photo` > 0, `batch` photographs with so many of their captions each (the same ones
// again where a photograph has fewer), so that a photograph passes the network once for all of
// them.
class VseBatches {
 public:
  VseBatches(const CaptionedFeatures& data, int64_t batch, int64_t captions_per_photo,
             int64_t seed);
  VseBatch at(int64_t step);
  int64_t per_epoch() const { return batches_.per_epoch(); }

 private:
  const CaptionedFeatures& data_;
  int64_t each_, seed_;
  std::vector<std::vector<int64_t>> captions_of_;  // each photograph
  StepBatches batches_;
};

}  // namespace p2s
