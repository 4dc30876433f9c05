#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nn/optim.h"

namespace p2s {

// The exponential moving average of the weights w over the steps of a training run (Polyak &
// Juditsky 1992), which generalises better than the weights it averages:
//   mean = d mean + (1 - d) w,  d = min(decay, (1 + step) / (10 + step))
// so that the first weights are soon forgotten. It is taken at every eighth step, with d^8: eight
// times as cheap, and no different.
class WeightAverage {
 public:
  // Nothing is averaged where decay is 0.
  WeightAverage(const std::vector<NamedParameter>& parameters, double decay);
  // To be called after each step, counted from 1.
  void update(int64_t step);
  // Gives the parameters the average's values and keeps theirs instead, until the next call.
  void exchange();
  // For checkpoints: f("average.<parameter>", tensor)
  void visit_state(const std::function<void(const std::string&, Tensor&)>& f);

 private:
  struct Mean {
    NamedParameter parameter;
    Tensor value;
  };
  std::vector<Mean> means_;
  double decay_;
};

// While it lives, the parameters have their averages' values.
class AveragedWeights {
 public:
  explicit AveragedWeights(WeightAverage& average) : average_(average) { average_.exchange(); }
  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;
  ~AveragedWeights() { average_.exchange(); }

 private:
  WeightAverage& average_;
};

}  // namespace p2s
