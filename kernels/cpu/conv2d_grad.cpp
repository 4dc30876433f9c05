#include "kernels/cpu/convolution.h"
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/scratch.h"

namespace p2s::cpu {
namespace {

using dnnl::memory;

// One backward primitive, with the layout it wants for the weights or gives their gradient in.
struct Backward {
  dnnl::primitive convolution;
  dnnl::reorder reorder_weights;
  ConvolutionLayouts layouts;
  memory::desc chosen_weights;
};

dnnl::convolution_forward::primitive_desc forward_hint(const ConvolutionLayouts& l) {
  return dnnl::convolution_forward::primitive_desc(
      {dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct, l.x, l.any_weights,
       l.y, l.strides, l.pad_before, l.pad_after},
      dnnl_engine());
}

Backward make_for_x(const Conv2d& c) {
  Backward b;
  b.layouts = convolution_layouts(c);
  const ConvolutionLayouts& l = b.layouts;
  const dnnl::convolution_backward_data::primitive_desc chosen(
      {dnnl::algorithm::convolution_direct, l.x, l.any_weights, l.y, l.strides, l.pad_before,
       l.pad_after},
      cached_primitive(), dnnl_engine(), forward_hint(l));
  b.convolution = dnnl::convolution_backward_data(chosen);
  b.chosen_weights = chosen.weights_desc();
  b.reorder_weights = dnnl::reorder(
      {dnnl_engine(), l.weights, dnnl_engine(), b.chosen_weights, cached_primitive()});
  return b;
}

Backward make_for_weights(const Conv2d& c) {
  Backward b;
  b.layouts = convolution_layouts(c);
  const ConvolutionLayouts& l = b.layouts;
  const dnnl::convolution_backward_weights::primitive_desc chosen(
      {dnnl::algorithm::convolution_direct, l.x, l.any_weights, l.y, l.strides, l.pad_before,
       l.pad_after},
      cached_primitive(), dnnl_engine(), forward_hint(l));
  b.convolution = dnnl::convolution_backward_weights(chosen);
  b.chosen_weights = chosen.diff_weights_desc();
  b.reorder_weights = dnnl::reorder(
      {dnnl_engine(), b.chosen_weights, dnnl_engine(), l.weights, cached_primitive()});
  return b;
}

void give_dx(const Conv2d& c, const real* w, const real* dy, real* dx, bool accumulate) {
  static PrimitiveCache<ConvolutionKey, Backward> cache("conv2d_grad of x", 128);
  const Backward b = cache.get(convolution_key(c), [&] { return make_for_x(c); });
  const ConvolutionLayouts& l = b.layouts;
  const Scratch reordered(b.chosen_weights.get_size()), apart(accumulate ? l.x.get_size() : 0);
  real* result = accumulate ? apart.as<real>() : dx;
  memory plain = dnnl_memory(l.weights, w),
         weights = dnnl_memory(b.chosen_weights, reordered.as<void>());
  run(b.reorder_weights, {{DNNL_ARG_FROM, plain}, {DNNL_ARG_TO, weights}});
  run(b.convolution, {{DNNL_ARG_DIFF_DST, dnnl_memory(l.y, dy)},
                      {DNNL_ARG_WEIGHTS, weights},
                      {DNNL_ARG_DIFF_SRC, dnnl_memory(l.x, result)}});
  if (accumulate) axpy(c.batch * c.height * c.width * c.channels, 1, result, dx);
}

void give_dw(const Conv2d& c, const real* x, const real* dy, real* dw, bool accumulate) {
  static PrimitiveCache<ConvolutionKey, Backward> cache("conv2d_grad of the weights", 128);
  const Backward b = cache.get(convolution_key(c), [&] { return make_for_weights(c); });
  const ConvolutionLayouts& l = b.layouts;
  const Scratch given(b.chosen_weights.get_size()), apart(accumulate ? l.weights.get_size() : 0);
  real* result = accumulate ? apart.as<real>() : dw;
  memory gradient = dnnl_memory(b.chosen_weights, given.as<void>()),
         plain = dnnl_memory(l.weights, result);
  run(b.convolution, {{DNNL_ARG_SRC, dnnl_memory(l.x, x)},
                      {DNNL_ARG_DIFF_DST, dnnl_memory(l.y, dy)},
                      {DNNL_ARG_DIFF_WEIGHTS, gradient}});
  run(b.reorder_weights, {{DNNL_ARG_FROM, gradient}, {DNNL_ARG_TO, plain}});
  if (accumulate) {
    axpy(c.filters * c.kernel_height * c.kernel_width * (c.channels / c.groups), 1, result, dw);
  }
}

}  // namespace

void conv2d_grad(const Conv2d& c, const real* x, const real* w, const real* dy, real* dx,
                 bool accumulate_dx, real* dw, bool accumulate_dw) {
  if (dx != nullptr) give_dx(c, w, dy, dx, accumulate_dx);
  if (dw != nullptr) give_dw(c, x, dy, dw, accumulate_dw);
}

}  // namespace p2s::cpu
