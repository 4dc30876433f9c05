#include "kernels/cpu/convolution.h"

namespace p2s::cpu {

using dnnl::memory;

ConvolutionLayouts convolution_layouts(const Conv2d& c) {
  constexpr auto f32 = memory::data_type::f32;
  const int64_t depth = c.channels / c.groups, R = c.kernel_height, S = c.kernel_width;
  const int64_t row = S * depth, filter = R * row;
  ConvolutionLayouts l;
  l.x = memory::desc({c.batch, c.channels, c.height, c.width}, f32, memory::format_tag::nhwc);
  l.y = memory::desc({c.batch, c.filters, c.out_height(), c.out_width()}, f32,
                     memory::format_tag::nhwc);
  l.bias = memory::desc({c.filters}, f32, memory::format_tag::a);
  memory::dims sizes{c.filters, depth, R, S}, steps{filter, 1, row, depth};
  if (c.groups > 1) {
    const int64_t filters = c.filters / c.groups;
    sizes = {c.groups, filters, depth, R, S};
    steps = {filters * filter, filter, 1, row, depth};
  }
  l.weights = memory::desc(sizes, f32, steps);
  l.any_weights = memory::desc(sizes, f32, memory::format_tag::any);
  l.strides = {c.stride, c.stride};
  l.pad_before = {c.pad_top, c.pad_left};
  l.pad_after = {c.pad_bottom, c.pad_right};
  return l;
}

ConvolutionKey convolution_key(const Conv2d& c, int64_t first, int64_t second, int64_t third) {
  return {c.batch,        c.height, c.width,   c.channels,   c.filters,  c.kernel_height,
          c.kernel_width, c.stride, c.pad_top, c.pad_bottom, c.pad_left, c.pad_right,
          c.groups,       first,    second,    third};
}

}  // namespace p2s::cpu
