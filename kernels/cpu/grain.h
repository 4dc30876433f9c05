#pragma once

#include <algorithm>
#include <cstdint>

// How much work is worth a second thread: starting one costs a few microseconds.
namespace p2s::cpu {

// Elements of a loop that only moves memory, and of one that computes exponentials.
constexpr int64_t kMoveGrain = 32768, kFunctionGrain = 8192;

constexpr int64_t ceil_divide(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Rows of `columns` elements that make up `elements`.
constexpr int64_t row_grain(int64_t columns, int64_t elements) {
  return std::max<int64_t>(1, elements / std::max<int64_t>(1, columns));
}

}  // namespace p2s::cpu
