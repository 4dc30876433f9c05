#pragma once

#include <array>

#include "kernels/cpu/dnnl_primitives.h"
#include "kernels/kernels.h"

// How oneDNN names the parts of a Conv2d.
namespace p2s::cpu {

struct ConvolutionLayouts {
  dnnl::memory::desc x, weights, bias, y;  // as they lie in our memory
  dnnl::memory::desc any_weights;          // for oneDNN to choose
  dnnl::memory::dims strides, pad_before, pad_after;
};
ConvolutionLayouts convolution_layouts(const Conv2d& c);

using ConvolutionKey = std::array<int64_t, 16>;
ConvolutionKey convolution_key(const Conv2d& c, int64_t first = 0, int64_t second = 0,
                               int64_t third = 0);

}  // namespace p2s::cpu
