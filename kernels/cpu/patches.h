#pragma once

#include "kernels/kernels.h"

// A convolution of one group as a product: the inputs under the kernel at a place of the output are
// a row, zeros where it hangs over the edge.
namespace p2s::cpu {

// Numbers in a row, [R,S,C / groups].
int64_t patch_size(const Conv2d& c);
// Whether the rows are the pixels of x as they lie.
bool patches_are_pixels(const Conv2d& c);
// The rows of output places [begin, end), counted over [N,OH,OW]: patches [end - begin, RSC].
void copy_patches(const Conv2d& c, const real* x, int64_t begin, int64_t end, real* patches);

}  // namespace p2s::cpu
