#pragma once

#include <cstdint>
#include <vector>

#include "nn/base/real.h"

// The narrow forms in which tensors may be stored: half precision, and bytes with a scale a row.
namespace p2s::checkpoint {

std::vector<uint16_t> to_halves(const std::vector<real>& numbers);
void widen_halves(const std::vector<uint16_t>& halves, real* numbers);

// number = scale of its row * byte; each row's largest number becomes 127.
struct Bytes {
  std::vector<int8_t> values;
  std::vector<float> scales;
};
Bytes quantize(const std::vector<real>& numbers, int64_t rows, int64_t columns);
void widen_bytes(const Bytes& bytes, int64_t columns, real* numbers);

}  // namespace p2s::checkpoint
