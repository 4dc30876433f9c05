#pragma once

#include "kernels/device.h"

namespace p2s::bench {

// What this machine reaches now: shares of it mean the same on a busy machine and on a quiet one.
struct MachinePeak {
  // Operations a second: multiply-and-add in registers (CPU; elsewhere as the product), and what a
  // product of 1024-cubes reaches of them. bf16 is 0 where the CPU's products do not round.
  double fp32_flops = 0, product_flops = 0, bf16_flops = 0;
  double int8_flops = 0;  // of bytes, in registers; CPU only
  double bytes = 0;       // reading memory, a second
};

// Measured on the first call for a device: the best of several tries.
const MachinePeak& machine_peak(Device device);

// The clock of every rate: real time, or with P2S_BENCH_CLOCK=cpu this process's processor time,
// which is right for one thread on a machine that others use too (OMP_NUM_THREADS=1).
bool processor_clock();
double now_seconds();

// Waits until the device has done what it was given.
void finish(const float* result, Device device);

}  // namespace p2s::bench
