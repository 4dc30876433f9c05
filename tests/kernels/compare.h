#pragma once

#include <functional>
#include <vector>

#include "nn/tensor.h"

// Direct calls of kernels, the same numbers on the reference and on a fast device.
namespace p2s {

// True where there is a GPU to test; else a line "skipped: ..." or, where P2S_REQUIRE_CUDA=1 asks
// for one, a failed test.
bool cuda_to_test();

// The devices that must agree with the reference: the CPU, and CUDA where there is a device.
std::vector<Device> fast_devices();

// Random numbers that depend on `seed` alone.
std::vector<real> random_values(int64_t n, uint64_t seed);
Tensor random_tensor(const Shape& shape, Device device, uint64_t seed);

// Runs `run` on the reference and on every fast device; it returns its outputs as tensors, each of
// which must agree to `tolerance` of its largest number.
void check_agrees(double tolerance, const std::function<std::vector<Tensor>(Device)>& run);

}  // namespace p2s
