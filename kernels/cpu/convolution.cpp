#include "kernels/cpu/convolution.h"

#include "kernels/cpu/cpu.h"

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

ConvolutionKey convolution_key(const Conv2d& c) {
  return {c.batch,         c.height,       c.width,  c.channels, c.filters,
          c.kernel_height, c.kernel_width, c.stride, c.pad_top,  c.pad_bottom,
          c.pad_left,      c.pad_right,    c.groups};
}

Reorder::Reorder(const memory::desc& from, const memory::desc& to) : from_(from), to_(to) {
  if (from == to) return;
  primitive_ = dnnl::reorder({dnnl_engine(), from, dnnl_engine(), to, cached_primitive()});
}

void Reorder::run(const void* data, void* result) const {
  if (!needed()) return copy(result, data, to_.get_size());
  memory source = dnnl_memory(from_, data), target = dnnl_memory(to_, result);
  cpu::run(primitive_, {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, target}});
}

Reordered::Reordered(const Reorder& reorder, const void* data) {
  if (reorder.needed()) {
    copy_.emplace(reorder.to().get_size());
    reorder.run(data, copy_->as<void>());
    data = copy_->as<void>();
  }
  memory_ = dnnl_memory(reorder.to(), data);
}

ReorderedResult::ReorderedResult(const Reorder& reorder, void* result)
    : reorder_(reorder), result_(result) {
  if (reorder.needed()) apart_.emplace(reorder.from().get_size());
}

void ReorderedResult::finish() const {
  if (apart_) reorder_.run(data(), result_);
}

}  // namespace p2s::cpu
