#pragma once

#include <cstddef>

namespace p2s::cpu {

// What the allocator holds. A steady training step leaves `system_blocks` as it was.
struct MemoryCounts {
  size_t system_blocks = 0;  // blocks asked from the system so far
  size_t used_bytes = 0;     // in blocks that are handed out
  size_t kept_bytes = 0;     // in freed blocks that wait for the next step
  size_t peak_bytes = 0;     // the most that used_bytes has been
};
MemoryCounts memory_counts();

}  // namespace p2s::cpu
