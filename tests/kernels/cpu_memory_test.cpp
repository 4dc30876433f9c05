#include <doctest/doctest.h>

#include <cstdint>

#include "kernels/cpu/memory.h"
#include "nn/tensor.h"

namespace p2s {
namespace {

// What a training step does: blocks of several sizes, freed in another order.
void step() {
  const Tensor a({300, 70}, Device::cpu), b({5}, Device::cpu);
  const Tensor c({1000, 333}, Device::cpu);
  CHECK(reinterpret_cast<uintptr_t>(b.data()) % 64 == 0);
}

}  // namespace

TEST_CASE("memory of the CPU: a second step like the first asks the system for nothing") {
  step();
  const MemoryCounts before = cpu::memory_counts();
  step();
  const MemoryCounts after = cpu::memory_counts();
  CHECK(after.used_bytes == before.used_bytes);
  // Under the address sanitizer nothing is kept, so that a use after release is seen.
  if (before.kept_bytes > 0) CHECK(after.system_blocks == before.system_blocks);
}

TEST_CASE("memory of the CPU: what is kept stays near the most that was used at once") {
  for (int64_t n = 1; n < 60; ++n) const Tensor block({n, 100000}, Device::cpu);
  const MemoryCounts counts = cpu::memory_counts();
  const size_t slack = size_t(16) << 20;
  CHECK(counts.used_bytes + counts.kept_bytes <= counts.peak_bytes + counts.peak_bytes / 4 + slack);
}

}  // namespace p2s
