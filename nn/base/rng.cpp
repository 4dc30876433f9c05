#include "nn/base/rng.h"

#include <cmath>
#include <numbers>

namespace p2s {

std::array<uint32_t, 4> Philox::block(uint64_t key, uint64_t counter, uint64_t stream) {
  std::array<uint32_t, 4> x = {uint32_t(counter), uint32_t(counter >> 32), uint32_t(stream),
                               uint32_t(stream >> 32)};
  uint32_t k0 = uint32_t(key), k1 = uint32_t(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t(0xD2511F53u) * x[0];
    const uint64_t p1 = uint64_t(0xCD9E8D57u) * x[2];
    x = {uint32_t(p1 >> 32) ^ x[1] ^ k0, uint32_t(p1), uint32_t(p0 >> 32) ^ x[3] ^ k1,
         uint32_t(p0)};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return x;
}

uint32_t Rng::next() {
  const uint64_t position = state_.position++;
  return Philox::block(state_.seed, position / 4, state_.stream)[position % 4];
}

float Rng::uniform() { return float(next() >> 8) * 0x1p-24f; }

double Rng::uniform_double() {
  const uint64_t high = next(), low = next();
  return double(((high << 32) | low) >> 11) * 0x1p-53;
}

uint64_t Rng::below(uint64_t bound) {
  const uint64_t limit = ~uint64_t(0) - (~uint64_t(0) % bound);
  uint64_t value = key();
  while (value >= limit) value = key();
  return value % bound;
}

double Rng::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform_double()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform_double());
}

}  // namespace p2s
