#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "nn/init.h"
#include "nn/ops.h"
#include "train/loop.h"

namespace p2s::test {

// Linear regression on numbers drawn for each step. `spoil(step)` says when the loss is not finite.
struct Toy {
  Var weight;
  std::function<bool(int64_t)> spoil = [](int64_t) { return false; };
  int64_t validations = 0, look_steps = 0;

  Toy() {
    Rng rng(3);
    weight = normal({3, 1}, Device::ref, rng, real(1));
  }

  Training training() {
    Training t;
    t.name = "toy";
    t.items = "rows";
    t.parameters = {{"weight", weight}};
    t.steps_per_epoch = 50;
    t.data = "numbers";
    t.look_steps = look_steps;
    t.loss = [this](Tape& tape, int64_t step) { return loss(tape, step); };
    t.validate = [this] {
      ++validations;
      Tape tape(Device::ref);
      const double value = double(loss(tape, 1'000'000).loss.value.item());
      return Validation{{{"loss", value}}, value};
    };
    t.write_model = [this](ModelFileWriter& file) { file.tensor("weight", weight.value); };
    return t;
  }

  StepLoss loss(Tape& tape, int64_t step) {
    Rng rng(9, uint64_t(step));
    std::vector<real> x, y;
    for (int row = 0; row < 4; ++row) {
      real target = 0;
      for (int column = 0; column < 3; ++column) {
        x.push_back(real(rng.normal()));
        target += x.back() * real(column + 1);
      }
      y.push_back(target);
    }
    const Var seen = dropout(tape, Tensor({4, 3}, Device::ref, x), real(0.1));
    const Var guess = matmul(tape, seen, weight);
    const Var loss = squared_error(tape, guess, Tensor({4, 1}, Device::ref, y));
    const real infinite = std::numeric_limits<real>::infinity();
    return {spoil(step) ? affine(tape, loss, infinite) : loss, 4};
  }
};

inline RunOptions toy_options(const std::filesystem::path& out, int64_t steps) {
  RunOptions options;
  options.out = out;
  options.steps = steps;
  options.rate = 0.01;
  options.compute.device = "ref";
  options.log_steps = 10;
  options.validate_steps = 40;
  options.config = "batch=4\nseed=1\n";
  return options;
}

}  // namespace p2s::test
