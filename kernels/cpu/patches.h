#pragma once

#include "kernels/kernels.h"

// A convolution of one group as a product: the inputs under the kernel at a place of the output are
// a row, zeros where it hangs over the edge.
namespace p2s::cpu {

// Numbers in a row, [R,S,C / groups].
int64_t patch_size(const Conv2d& c);
// Whether each is one pixel of x.
bool patches_are_single_pixels(const Conv2d& c);
// Whether the rows are all pixels of x as they lie.
bool patches_are_pixels(const Conv2d& c);
// The row of a place of the output, counted over [N,OH,OW]: patch [RSC].
void copy_patch(const Conv2d& c, const real* x, int64_t place, real* patch);

}  // namespace p2s::cpu
