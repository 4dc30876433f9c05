#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kernels/device.h"

namespace p2s::bench {

// What compare_peers.py times that is no single layer, one run of it at a call.
struct ComparedRun {
  std::string what;
  std::vector<int64_t> sizes;
  std::string name;  // of a convnet
  std::string softmax = "full";
  Precision precision = Precision::fp32;
  Device device = Device::cpu;
};

// skip_thought V D H T B and vse V D H T B: a training step. adam N: an update of N weights.
// decode D H V B: one more word of B stories, the likeliest. convnet B and convnet_step B: logits
// of B images, and a training step on them, of the network of this name. Error(usage) for others.
std::function<void()> compared_run(const ComparedRun&);

}  // namespace p2s::bench
