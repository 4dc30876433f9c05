#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kernels/device.h"

namespace p2s::bench {

// One step of training a model on made-up sentences of full length: loss, gradients, clipping,
// Adam.
struct TrainingStep {
  std::string name;
  double words = 0;  // that one step predicts (VSE: reads)
  double flops = 0;  // of its products, both ways
  std::function<void()> run;
};

struct TrainedSizes {
  int64_t vocabulary = 20000, embedding = 300, hidden = 600, time = 15, batch = 64;
};

TrainingStep skip_thought_step(const TrainedSizes&, const std::string& softmax, Device, Precision);
TrainingStep vse_step(const TrainedSizes&, Device, Precision);
TrainingStep decoder_step(const TrainedSizes&, const std::string& softmax, Device, Precision);

}  // namespace p2s::bench
