#include "nn/checkpoint_storing.h"

#include <algorithm>
#include <cmath>

#include "nn/base/half.h"
#include "nn/base/parallel.h"

namespace p2s::checkpoint {
namespace {

constexpr int64_t kGrain = 1 << 15;

}  // namespace

std::vector<uint16_t> to_halves(const std::vector<real>& numbers) {
  std::vector<uint16_t> halves(numbers.size());
  parallel_for(int64_t(numbers.size()), kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      halves[size_t(i)] = half_from_float(float(numbers[size_t(i)]));
    }
  });
  return halves;
}

void widen_halves(const std::vector<uint16_t>& halves, real* numbers) {
  parallel_for(int64_t(halves.size()), kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      numbers[i] = real(float_from_half(halves[size_t(i)]));
    }
  });
}

Bytes quantize(const std::vector<real>& numbers, int64_t rows, int64_t columns) {
  Bytes bytes{std::vector<int8_t>(numbers.size()), std::vector<float>(size_t(rows))};
  parallel_for(rows, kGrain / (columns + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const real* row = numbers.data() + r * columns;
      real largest = 0;
      for (int64_t c = 0; c < columns; ++c) largest = std::max(largest, std::abs(row[c]));
      const float scale = float(largest) / 127.0f;
      bytes.scales[size_t(r)] = scale;
      for (int64_t c = 0; c < columns; ++c) {
        const float steps = scale > 0 ? std::nearbyint(float(row[c]) / scale) : 0.0f;
        bytes.values[size_t(r * columns + c)] = int8_t(std::clamp(steps, -127.0f, 127.0f));
      }
    }
  });
  return bytes;
}

void widen_bytes(const Bytes& bytes, int64_t columns, real* numbers) {
  parallel_for(int64_t(bytes.scales.size()), kGrain / (columns + 1) + 1,
               [&](int64_t begin, int64_t end) {
                 for (int64_t r = begin; r < end; ++r) {
                   const real scale = real(bytes.scales[size_t(r)]);
                   for (int64_t i = r * columns; i < (r + 1) * columns; ++i) {
                     numbers[i] = scale * real(bytes.values[size_t(i)]);
                   }
                 }
               });
}

}  // namespace p2s::checkpoint
