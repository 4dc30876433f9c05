#pragma once

#include <string_view>

namespace p2s {

struct Kernels;

// Where tensors live and which kernel table works on them. `ref` is the naive truth, on host
// memory.
enum class Device { ref, cpu, cuda };

std::string_view name(Device device);

// True where this build and this machine have the device.
bool available(Device device);

// The device's table; Error(device) says why where there is none.
const Kernels& kernels(Device device);

// How matrix products are computed; storage stays float, and so do the sums. tf32 rounds the
// operands to floats with 10 bits of fraction instead of 23, as tensor cores take them; the CPU
// computes it as fp32. bf16 rounds them to bfloat16 where the product packs them. int8 is for
// packed weights that are not trained: each column's are rounded to whole multiples of its
// largest / 127; other products are fp32's.
enum class Precision { fp32, tf32, bf16, int8 };

std::string_view name(Precision precision);

}  // namespace p2s
