#pragma once

#include "kernels/cpu/convolve.h"

// Convolutions of single channels with kernels of 5, a vector of channels at a time, padded, so
// that nothing is at an edge, each number being read once for all pixels that it belongs to
// (EfficientNet-Lite0: from 44 to 90 GFLOP/s on maps of 7x7, from 75 to 119 on 28x28). Kernels of 3
// wait for memory, and are slower so (29 instead of 43).
namespace p2s::cpu {

bool slides_over_channels(const Conv2d& c);
void slide_over_channels(const Conv2d& c, const real* x, const DepthwiseFilters& filters,
                         const Finish& finish, real* y);

}  // namespace p2s::cpu
