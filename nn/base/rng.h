#pragma once

#include <array>
#include <cstdint>

namespace p2s {

// Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): the n-th block
// of a stream is a pure function of (key, counter), so host and device draw the same numbers in any
// order.
struct Philox {
  static std::array<uint32_t, 4> block(uint64_t key, uint64_t counter, uint64_t stream = 0);
};

// A sequence over Philox blocks. Its whole state is three integers: save them and the sequence goes
// on to the same bits.
class Rng {
 public:
  struct State {
    uint64_t seed = 0;
    uint64_t stream = 0;
    uint64_t position = 0;
  };
  explicit Rng(uint64_t seed = 0, uint64_t stream = 0) : state_{seed, stream, 0} {}
  explicit Rng(const State& state) : state_(state) {}

  uint32_t next();
  // In [0, 1), 24 bits.
  float uniform();
  // In [0, 1), 53 bits.
  double uniform_double();
  // In [0, bound), without bias; bound > 0.
  uint64_t below(uint64_t bound);
  // Mean 0, variance 1 (Box-Muller; one value a call).
  double normal();
  // A fresh key for a kernel that draws many numbers itself (dropout).
  uint64_t key() { return (uint64_t(next()) << 32) | next(); }

  const State& state() const { return state_; }

 private:
  State state_;
};

}  // namespace p2s
