#include <algorithm>

#include "kernels/cpu/convolution.h"
#include "kernels/cpu/convolve.h"
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/patches.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/winograd.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

using dnnl::memory;

dnnl::convolution_forward::primitive_desc forward_hint(const ConvolutionLayouts& l) {
  return dnnl::convolution_forward::primitive_desc(
      {dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct, l.x, l.any_weights,
       l.y, l.strides, l.pad_before, l.pad_after},
      dnnl_engine());
}

struct ForX {
  dnnl::primitive convolution;
  memory::desc dy, dx;
  Reorder weights;
};

ForX make_for_x(const Conv2d& c) {
  const ConvolutionLayouts l = convolution_layouts(c);
  const dnnl::convolution_backward_data::primitive_desc chosen(
      {dnnl::algorithm::convolution_direct, l.x, l.any_weights, l.y, l.strides, l.pad_before,
       l.pad_after},
      cached_primitive(), dnnl_engine(), forward_hint(l));
  return {dnnl::convolution_backward_data(chosen), l.y, l.x,
          Reorder(l.weights, chosen.weights_desc())};
}

// The convolution of dy with the filters turned around, in a frame that gives back x's size: the
// gradient of x where the stride is 1.
Conv2d turned_around(const Conv2d& c) {
  const int64_t R = c.kernel_height - 1, S = c.kernel_width - 1;
  return {.batch = c.batch,
          .height = c.out_height(),
          .width = c.out_width(),
          .channels = c.filters,
          .filters = c.channels,
          .kernel_height = c.kernel_height,
          .kernel_width = c.kernel_width,
          .pad_top = R - c.pad_top,
          .pad_bottom = R - c.pad_bottom,
          .pad_left = S - c.pad_left,
          .pad_right = S - c.pad_right};
}

bool fits_turned_around(const Conv2d& c) {
  const Conv2d t = turned_around(c);
  return c.groups == 1 && c.stride == 1 &&
         std::min({t.pad_top, t.pad_bottom, t.pad_left, t.pad_right}) >= 0;
}

// Row (r, s, k) of [RSK,C] is filter k at the opposite place of the kernel.
Panels turned_filters(const Conv2d& c, const real* w) {
  const int64_t taps = c.kernel_height * c.kernel_width;
  return Panels(taps * c.filters, c.channels, [&, w](int64_t l) {
    const int64_t tap = taps - 1 - l / c.filters, filter = l % c.filters;
    return w + (filter * taps + tap) * c.channels;
  });
}

// A kernel of one pixel: the pixels between those that it saw have no gradient.
void give_seen_pixels(const Conv2d& c, const real* w, const real* dy, real* dx, bool accumulate) {
  const int64_t places = c.batch * c.out_height() * c.out_width(), C = c.channels;
  const Scratch seen(size_t(places * C) * sizeof(real));
  multiply_panels(Panels(false, c.filters, C, w, C), places, dy, c.filters, {}, seen.as<real>(), C);
  parallel_for(c.batch * c.height, row_grain(c.width * C, kMoveGrain),
               [&](int64_t begin, int64_t end) {
                 for (int64_t row = begin; row < end; ++row) {
                   real* to = dx + row * c.width * C;
                   if (!accumulate) std::fill_n(to, c.width * C, real(0));
                   const int64_t n = row / c.height, h = row % c.height;
                   if (h % c.stride != 0) continue;
                   const int64_t first = (n * c.out_height() + h / c.stride) * c.out_width();
                   for (int64_t i = 0; i < c.out_width(); ++i) {
                     const real* from = seen.as<real>() + (first + i) * C;
#pragma omp simd
                     for (int64_t k = 0; k < C; ++k) to[i * c.stride * C + k] += from[k];
                   }
                 }
               });
}

void give_dx(const Conv2d& c, const real* w, const real* dy, real* dx, bool accumulate) {
  if (fits_turned_around(c)) {
    const Conv2d turned = turned_around(c);
    const Finish finish{.added = accumulate ? dx : nullptr};
    if (winograd_pays(turned)) {
      const WinogradFilters filters(c.filters, c.channels, w, WinogradFilters::Use::turned);
      return convolve_winograd(turned, dy, filters, finish, dx);
    }
    return convolve(turned, dy, turned_filters(c, w), finish, dx);
  }
  if (c.groups == 1 && patches_are_single_pixels(c))
    return give_seen_pixels(c, w, dy, dx, accumulate);
  static PrimitiveCache<ConvolutionKey, ForX> cache("conv2d_grad of x", 128);
  const ForX f = cache.get(convolution_key(c), [&] { return make_for_x(c); });
  const Scratch apart(accumulate ? f.dx.get_size() : 0);
  real* to = accumulate ? apart.as<real>() : dx;
  const Reordered weights(f.weights, w);
  run(f.convolution, {{DNNL_ARG_DIFF_DST, dnnl_memory(f.dy, dy)},
                      {DNNL_ARG_WEIGHTS, weights.memory()},
                      {DNNL_ARG_DIFF_SRC, dnnl_memory(f.dx, to)}});
  if (accumulate) axpy(c.batch * c.height * c.width * c.channels, 1, to, dx);
}

void give_dw(const Conv2d& c, const real* x, const real* dy, real* dw, bool accumulate) {
  (winograd_pays(c) ? winograd_filter_gradient : filter_gradient)(c, x, dy, dw, accumulate);
}

struct ForWeights {
  dnnl::primitive convolution;
  memory::desc x, dy;
  Reorder dw;
};

ForWeights make_for_weights(const Conv2d& c) {
  const ConvolutionLayouts l = convolution_layouts(c);
  const dnnl::convolution_backward_weights::primitive_desc chosen(
      {dnnl::algorithm::convolution_direct, l.x, l.any_weights, l.y, l.strides, l.pad_before,
       l.pad_after},
      cached_primitive(), dnnl_engine(), forward_hint(l));
  return {dnnl::convolution_backward_weights(chosen), l.x, l.y,
          Reorder(chosen.diff_weights_desc(), l.weights)};
}

void give_grouped_dw(const Conv2d& c, const real* x, const real* dy, real* dw, bool accumulate) {
  static PrimitiveCache<ConvolutionKey, ForWeights> cache("conv2d_grad of the weights", 128);
  const ForWeights f = cache.get(convolution_key(c), [&] { return make_for_weights(c); });
  const Scratch apart(accumulate ? f.dw.to().get_size() : 0);
  real* to = accumulate ? apart.as<real>() : dw;
  const ReorderedResult result(f.dw, to);
  run(f.convolution, {{DNNL_ARG_SRC, dnnl_memory(f.x, x)},
                      {DNNL_ARG_DIFF_DST, dnnl_memory(f.dy, dy)},
                      {DNNL_ARG_DIFF_WEIGHTS, result.memory()}});
  result.finish();
  if (accumulate) axpy(c.filters * patch_size(c), 1, to, dw);
}

}  // namespace

void conv2d_grad(const Conv2d& c, const real* x, const real* w, const real* dy, real* dx,
                 bool accumulate_dx, real* dw, bool accumulate_dw) {
  if (dx != nullptr) give_dx(c, w, dy, dx, accumulate_dx);
  if (dw != nullptr) (c.groups > 1 ? give_grouped_dw : give_dw)(c, x, dy, dw, accumulate_dw);
}

}  // namespace p2s::cpu
