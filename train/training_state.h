#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "nn/checkpoint.h"
#include "nn/optim.h"
#include "nn/weight_average.h"

namespace p2s {

// The numbers of a run that go on from step to step. Batches, dropout and samples need none: they
// are functions of the seed and the step.
struct Progression {
  int64_t step = 0;        // updates made
  double rate_factor = 1;  // lowered by roll-backs
  int64_t rollbacks = 0;   // since the run began
  double best_score = 0;   // of validation, lower is better; valid if best_step > 0
  int64_t best_step = 0;
  double window_loss = 0;  // sums since the last line of metrics
  double window_items = 0;
  int64_t window_steps = 0;
  int64_t metrics_bytes = 0;  // length of metrics.jsonl
  double seconds = 0;         // spent training, over all resumptions
};

// Parameters and moments at one step, in memory.
struct Snapshot {
  Progression progression;
  std::vector<Tensor> tensors;
};

// All that training changes.
class TrainingState {
 public:
  // `statistics` change in training too, without the optimizer.
  TrainingState(Optimizer& optimizer, WeightAverage& average,
                std::vector<NamedParameter> statistics)
      : optimizer_(optimizer), average_(average), statistics_(std::move(statistics)) {}
  Progression progression;

  // Copies into `into`, reusing its memory.
  void keep(Snapshot& into);
  // Back to the snapshot's parameters, moments and step.
  void restore(const Snapshot& from);

  // last.h5, whole or not at all: the state, the snapshot a roll-back would return to, and what the
  // run was made with.
  void save(const std::filesystem::path& path, const Snapshot& good, const std::string& config,
            const std::string& data);
  // Error(usage) says what differs if it was made with another configuration or other data.
  void load(const std::filesystem::path& path, Snapshot& good, const std::string& config,
            const std::string& data);

 private:
  void visit(const std::function<void(const std::string&, Tensor&)>& f);
  Optimizer& optimizer_;
  WeightAverage& average_;
  std::vector<NamedParameter> statistics_;
};

}  // namespace p2s
