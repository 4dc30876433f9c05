#pragma once

#include <array>
#include <cstdint>

namespace p2s {

// Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): the n-th block
// of a stream is a pure function of (key, counter), so host and device draw the same numbers in any
// order.
struct Philox {
  static constexpr std::array<uint32_t, 4> block(uint64_t key, uint64_t counter,
                                                 uint64_t stream = 0) {
    uint32_t x0 = uint32_t(counter), x1 = uint32_t(counter >> 32);
    uint32_t x2 = uint32_t(stream), x3 = uint32_t(stream >> 32);
    uint32_t k0 = uint32_t(key), k1 = uint32_t(key >> 32);
    // Scalars and a flat loop, so that loops over blocks vectorise.
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
      const uint64_t p0 = uint64_t(0xD2511F53u) * x0, p1 = uint64_t(0xCD9E8D57u) * x2;
      x0 = uint32_t(p1 >> 32) ^ x1 ^ k0;
      x1 = uint32_t(p1);
      x2 = uint32_t(p0 >> 32) ^ x3 ^ k1;
      x3 = uint32_t(p0);
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    return {x0, x1, x2, x3};
  }
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

  // For models whose parameters are read from a file next: initialisers given it draw nothing.
  static Rng none() { return Rng(State{0, 0, kNone}); }
  bool is_none() const { return state_.position == kNone; }

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
  static constexpr uint64_t kNone = ~uint64_t(0);
  State state_;
};

}  // namespace p2s
