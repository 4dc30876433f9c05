#pragma once

#include "kernels/device.h"

namespace p2s::bench {

// Registers every case of tests/op_cases, forward and both ways, in each precision.
void add_op_benchmarks(Device device);

// Registers one step of training each model at the sizes of the shipped pack.
void add_training_step_benchmarks(Device device);

}  // namespace p2s::bench
