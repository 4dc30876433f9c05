#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "nn/base/real.h"

namespace p2s {

// How a file holds numbers, little-endian.
enum class NumberType { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };
size_t number_size(NumberType type);

// Where in a file's bytes a tensor's numbers are: element (i, j, ...) is number
// offset + i s0 + j s1 + ...
struct MappedTensor {
  NumberType type = NumberType::f32;
  std::string_view numbers;
  int64_t offset = 0;
  std::vector<int64_t> shape, strides;
};

// Strides of a whole row-major tensor.
std::vector<int64_t> row_major_strides(const std::vector<int64_t>& shape);

// Every element lies in the numbers, and there are no more elements than numbers.
bool fits(const MappedTensor& tensor);

// Row-major; of a tensor that fits.
std::vector<real> read_numbers(const MappedTensor& tensor);

}  // namespace p2s
