#include "kernels/cpu/convolution.h"
#include "kernels/cpu/cpu.h"

namespace p2s::cpu {
namespace {

using dnnl::memory;

struct Forward {
  dnnl::convolution_forward convolution;
  memory::desc bias;
  Reorder x, weights, residual, y;
};

dnnl::primitive_attr post_operations(bool residual, Activation activation) {
  dnnl::post_ops after;
  if (residual) after.append_sum(1);
  if (activation == Activation::relu) {
    after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
  }
  if (activation == Activation::relu6) {
    after.append_eltwise(1, dnnl::algorithm::eltwise_clip, 0, 6);
  }
  dnnl::primitive_attr attributes = cached_primitive();
  attributes.set_post_ops(after);
  return attributes;
}

Forward make_forward(const Conv2d& c, bool bias, bool residual, Activation activation) {
  const ConvolutionLayouts l = convolution_layouts(c);
  const dnnl::convolution_forward::desc described(dnnl::prop_kind::forward_inference,
                                                  dnnl::algorithm::convolution_direct, l.fast_x,
                                                  l.any_weights, bias ? l.bias : memory::desc(),
                                                  l.fast_y, l.strides, l.pad_before, l.pad_after);
  const dnnl::convolution_forward::primitive_desc chosen(
      described, post_operations(residual, activation), dnnl_engine());
  return {dnnl::convolution_forward(chosen),
          l.bias,
          Reorder(l.x, l.fast_x),
          Reorder(l.weights, chosen.weights_desc()),
          Reorder(l.y, l.fast_y),
          Reorder(l.fast_y, l.y)};
}

}  // namespace

void conv2d(const Conv2d& c, const real* x, const real* w, const real* bias, const real* residual,
            Activation activation, real* y) {
  static PrimitiveCache<ConvolutionKey, Forward> cache("conv2d", 256);
  const ConvolutionKey key =
      convolution_key(c, bias != nullptr, residual != nullptr, int64_t(activation));
  const Forward f = cache.get(
      key, [&] { return make_forward(c, bias != nullptr, residual != nullptr, activation); });
  const Reordered given(f.x, x), weights(f.weights, w);
  const ReorderedResult result(f.y, y);
  // oneDNN adds to what stands in its result.
  if (residual != nullptr) f.residual.run(residual, result.data());
  run(f.convolution, {{DNNL_ARG_SRC, given.memory()},
                      {DNNL_ARG_WEIGHTS, weights.memory()},
                      {DNNL_ARG_BIAS, dnnl_memory(f.bias, bias)},
                      {DNNL_ARG_DST, result.memory()}});
  result.finish();
}

}  // namespace p2s::cpu
