#include "nn/base/rng.h"

#include <cmath>
#include <numbers>

namespace p2s {

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
