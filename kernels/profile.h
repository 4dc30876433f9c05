#pragma once

#include <cstdint>
#include <string>
#include <vector>

// Where the time goes, by kernel. With P2S_PROFILE=1 in the environment the table of the CPU times
// every call, and what they took is printed to stderr when the program ends.
namespace p2s {

struct Kernels;

struct KernelTime {
  std::string name;
  int64_t calls = 0;
  double seconds = 0;
  double flops = 0;  // of products and convolutions
  double bytes = 0;  // of the others: operands and results once each
};

// `table` itself unless P2S_PROFILE is 1, else one that times it. For one table a program.
const Kernels& profiled(const Kernels& table);

// Since the start or the last reset, longest first, kernels that ran.
std::vector<KernelTime> kernel_times();
void reset_kernel_times();

}  // namespace p2s
