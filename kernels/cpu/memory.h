#pragma once

#include "kernels/block_pool.h"

namespace p2s::cpu {

MemoryCounts memory_counts();

}  // namespace p2s::cpu
