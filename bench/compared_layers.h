#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nn/tape.h"

namespace p2s::bench {

// One layer that compare_peers.py runs on both sides. The input file holds float32 numbers: the
// operands in the order of `operands`, then the gradient of the output. The output file gets the
// output and the gradient of every operand.
struct ComparedLayer {
  std::vector<Shape> operands;
  std::vector<int32_t> targets;  // of a loss
  std::function<Var(Tape&, const std::vector<Var>&, const Ids& targets)> run;
};

// name and sizes: gru T B D H, lstm T B D H, cross_entropy N H V, embedding V D N,
// layer_norm N C, softmax N C, product M K N. Error(usage) for others.
ComparedLayer compared_layer(const std::string& name, const std::vector<int64_t>& sizes);

}  // namespace p2s::bench
