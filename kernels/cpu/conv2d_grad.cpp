#include <algorithm>

#include "kernels/cpu/convolution.h"
#include "kernels/cpu/convolve.h"
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/patches.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/winograd.h"

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

// dw [K,RSC] = dy^T patches, some millions of numbers of patches at a time: 110 to 130 GFLOP/s
// where oneDNN's own reach 50 to 100 without AVX-512.
void give_dw(const Conv2d& c, const real* x, const real* dy, real* dw, bool accumulate) {
  // Small images are better multiplied together.
  constexpr int64_t kManyPlaces = 150;
  if (c.stride == 1 && patch_size(c) > c.channels &&
      c.out_height() * c.out_width() >= kManyPlaces) {
    return filter_gradient(c, x, dy, dw, accumulate);
  }
  const int64_t places = c.batch * c.out_height() * c.out_width(), size = patch_size(c);
  constexpr int64_t kNumbers = 4 << 20;
  const bool as_it_lies = patches_are_pixels(c);
  const int64_t most = as_it_lies ? places : std::clamp<int64_t>(kNumbers / size, 1, places);
  const Scratch patches(as_it_lies ? 0 : size_t(most * size) * sizeof(real));
  for (int64_t begin = 0; begin < places; begin += most) {
    const int64_t count = std::min(most, places - begin);
    if (!as_it_lies) copy_patches(c, x, begin, begin + count, patches.as<real>());
    gemm({.transpose_a = true,
          .m = c.filters,
          .n = size,
          .k = count,
          .a = dy + begin * c.filters,
          .lda = c.filters,
          .b = as_it_lies ? x : patches.as<real>(),
          .ldb = size,
          .c = dw,
          .ldc = size,
          .beta = accumulate || begin > 0 ? real(1) : real(0)});
  }
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
