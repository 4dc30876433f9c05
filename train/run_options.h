#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "nn/compute.h"
#include "nn/optim.h"

namespace p2s {

// What all trainers share. Their own defaults for batch, rate, epochs differ.
struct RunOptions {
  std::filesystem::path out = {};  // the run folder
  bool resume = false;
  int64_t steps = 0;  // above 0: instead of epochs
  double epochs = 1;
  int64_t batch = 64;
  double rate = 1e-3;
  double clip = 1;  // of the gradient's global norm; 0: none
  double weight_decay = 0;
  double average = 0;                 // decay of the weights' moving average; 0: none
  std::string schedule = "constant";  // constant, step, cosine, inverse_sqrt
  int64_t warmup = 0;                 // steps
  double decay_epochs = 0;            // step: the rate is multiplied by decay_factor after so many
  double decay_factor = 0.1;
  int64_t seed = 1;
  ComputeOptions compute = {};
  std::string precision = "fp32";  // fp32, tf32, bf16
  int64_t validate_steps = 1000;   // 0: once an epoch
  int64_t patience = 0;            // stop after so many validations without a better one; 0: never
  int64_t checkpoint_steps = 0;    // 0: every few minutes
  int64_t log_steps = 50;          // a line in metrics.jsonl
  std::string config = {};         // all options as TOML, the trainer's own included
};

Precision run_precision(const RunOptions& options);

// How long the run is, and how its rate goes, given how many steps make an epoch.
int64_t total_steps(const RunOptions& options, int64_t steps_per_epoch);
Schedule run_schedule(const RunOptions& options, int64_t steps_per_epoch);

// A TOML file's "key=value" lines that two configurations do not share, as one line of text, ""
// when they agree. Numbers are compared as numbers; a key that `stored` does not know, 0 or false
// in `wanted`, came with a later version. Keys that a resumed run may change (how long it goes on,
// where things lie, how often it reports) are left out.
std::string config_difference(const std::string& stored, const std::string& wanted);

}  // namespace p2s
