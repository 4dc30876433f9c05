#pragma once

#include <initializer_list>
#include <string>

#include "kernels/device.h"
#include "nn/base/command_line.h"

namespace p2s {

// What a program computes on.
struct ComputeOptions {
  std::string device = "auto";  // auto: cuda where there is one, else cpu; or cpu, cuda, ref
  int threads = 0;              // of the processor; 0: all cores
};

// --device and --threads.
void add_compute_flags(CommandLine& line, ComputeOptions& options);

// Error(usage) for a name that is none, Error(device) where there is no such device.
Device device_of(const ComputeOptions& options);

// The precision of this name; Error(usage) where it is none of those that are allowed.
Precision precision_named(const std::string& text, std::initializer_list<Precision> allowed);

// Sets the threads; says so where auto takes the GPU.
Device start_computing(const ComputeOptions& options);

}  // namespace p2s
