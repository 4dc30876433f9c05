#include <optional>

#include "kernels/cpu/convolution.h"
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/scratch.h"

namespace p2s::cpu {
namespace {

using dnnl::memory;

struct Forward {
  dnnl::convolution_forward convolution;
  dnnl::reorder reorder_weights;  // empty where our layout is the chosen one
  ConvolutionLayouts layouts;
  memory::desc chosen_weights;
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
  Forward f;
  f.layouts = convolution_layouts(c);
  const ConvolutionLayouts& l = f.layouts;
  const dnnl::convolution_forward::desc described(
      dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, l.x, l.any_weights,
      bias ? l.bias : memory::desc(), l.y, l.strides, l.pad_before, l.pad_after);
  const dnnl::convolution_forward::primitive_desc chosen(
      described, post_operations(residual, activation), dnnl_engine());
  f.convolution = dnnl::convolution_forward(chosen);
  f.chosen_weights = chosen.weights_desc();
  if (f.chosen_weights != l.weights) {
    f.reorder_weights = dnnl::reorder(
        {dnnl_engine(), l.weights, dnnl_engine(), f.chosen_weights, cached_primitive()});
  }
  return f;
}

}  // namespace

void conv2d(const Conv2d& c, const real* x, const real* w, const real* bias, const real* residual,
            Activation activation, real* y) {
  static PrimitiveCache<ConvolutionKey, Forward> cache("conv2d", 256);
  const ConvolutionKey key =
      convolution_key(c, bias != nullptr, residual != nullptr, int64_t(activation));
  const Forward f = cache.get(
      key, [&] { return make_forward(c, bias != nullptr, residual != nullptr, activation); });
  const ConvolutionLayouts& l = f.layouts;
  memory weights = dnnl_memory(l.weights, w);
  std::optional<Scratch> chosen;
  if (f.reorder_weights) {
    chosen.emplace(f.chosen_weights.get_size());
    memory reordered = dnnl_memory(f.chosen_weights, chosen->as<void>());
    run(f.reorder_weights, {{DNNL_ARG_FROM, weights}, {DNNL_ARG_TO, reordered}});
    weights = reordered;
  }
  // oneDNN adds to what stands in y.
  if (residual != nullptr) copy(y, residual, l.y.get_size());
  run(f.convolution, {{DNNL_ARG_SRC, dnnl_memory(l.x, x)},
                      {DNNL_ARG_WEIGHTS, weights},
                      {DNNL_ARG_BIAS, dnnl_memory(l.bias, bias)},
                      {DNNL_ARG_DST, dnnl_memory(l.y, y)}});
}

}  // namespace p2s::cpu
