#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "nn/checkpoint.h"
#include "nn/optim.h"
#include "train/run_options.h"

namespace p2s {

// The loss of one step, and how many items (words, photographs) it was the mean over.
struct StepLoss {
  Var loss;
  double items = 0;
};

struct Validation {
  std::vector<std::pair<std::string, double>> figures;  // a "loss" is drawn beside training's
  double score = 0;                                     // chooses the best model: lower is better
};

// What one trainer gives the loop. Batches and all that is drawn are functions of the seed and the
// step alone, so a run's state is its parameters, moments and step.
struct Training {
  std::string name;   // "skipthought"
  std::string items;  // "words"
  std::vector<NamedParameter> parameters;
  std::vector<NamedParameter> statistics;  // change without a gradient: those of batch norms
  int64_t steps_per_epoch = 1;
  std::string data;  // a fingerprint of what is learned from: a resumed run must have the same
  std::function<StepLoss(Tape&, int64_t step)> loss;  // steps count from 0
  std::function<Validation()> validate;
  std::function<void(ModelFileWriter&)> write_model;
  // Steps between looks at the losses. 0: after each step, but where that would wait for a GPU only
  // when something is to be written.
  int64_t look_steps = 0;
};

// Trains to the end, or until a signal asks for a stop: then it saves and throws Error(cancelled).
// Writes to options.out: model.h5 (best by validation), last.h5 (all that resuming needs),
// metrics.jsonl, loss.svg, config.toml. A loss or gradient that is not finite takes the run, once
// it is looked at, back to its last good state (at most kGoodSteps before) at half the rate; after
// kMostRollbacks it gives up with an Error(usage). The loop's own behaviour depends on steps only,
// never on time, so a run that was killed and resumed ends with the same bits.
void train(const RunOptions& options, Training& training);

inline constexpr int64_t kGoodSteps = 100;
inline constexpr int64_t kMostRollbacks = 20;

// Sets the threads and makes the folder, before long preparations. Error(usage/io) unless
// options.out can hold this run: it is new, or --resume was given.
void begin_run(const RunOptions& options);

}  // namespace p2s
