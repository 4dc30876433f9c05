#include "models/convnet_builder.h"

#include <algorithm>
#include <utility>

#include "nn/base/error.h"

namespace p2s {

using Unit = ConvNetStage::Unit;

ConvNet::Layer ConvNetBuilder::layer(const ConvNetStage& stage, int64_t number) {
  ConvNet::Layer layer;
  layer.name = fmt::format(fmt::runtime(stage.name), stage.first + number);
  layer.dropout = real(stage.dropout);
  const int64_t stride = number == 0 ? stage.stride : 1;
  switch (stage.unit) {
    case Unit::convolution:
      layer.convs.push_back(conv({stage.kernel, stride, stage.filters, stage.activation}));
      break;
    case Unit::basic:
    case Unit::bottleneck:
      residual_unit(layer, stage, stride);
      break;
    case Unit::inverted:
      inverted_unit(layer, stage, stride);
      break;
    case Unit::dense:
      layer.convs.push_back(dense(stage));
      break;
    case Unit::max_pool:
    case Unit::average_pool:
      pool(layer, stage);
      break;
  }
  layer.shape = {1, size_, size_, channels_};
  return layer;
}

ConvNet::Conv ConvNetBuilder::conv(const ConvShape& shape) {
  int64_t before = (shape.kernel - 1) / 2, after = before;
  if (architecture_.same_padding) {
    const int64_t out = (size_ + shape.stride - 1) / shape.stride;
    const int64_t pad = std::max<int64_t>(0, (out - 1) * shape.stride + shape.kernel - size_);
    before = pad / 2, after = pad - pad / 2;
  }
  ConvNet::Conv conv;
  conv.options = {.stride = shape.stride,
                  .pad_top = before,
                  .pad_bottom = after,
                  .pad_left = before,
                  .pad_right = after,
                  .groups = shape.depthwise ? channels_ : 1,
                  .activation = shape.activation};
  const Shape each{shape.filters};
  conv.weight =
      Tensor({shape.filters, shape.kernel, shape.kernel, shape.depthwise ? 1 : channels_}, device_);
  if (batch_norm_) {
    conv.norm = {Tensor(each, device_), Tensor(each, device_), Tensor(each, device_),
                 Tensor(each, device_)};
  } else {
    conv.bias = Tensor(each, device_);
  }
  size_ = (size_ + before + after - shape.kernel) / shape.stride + 1;
  channels_ = shape.filters;
  return conv;
}

ConvNet::Conv ConvNetBuilder::dense(const ConvNetStage& stage) {
  ConvNet::Conv conv;
  conv.dense = true;
  conv.options.activation = stage.activation;
  conv.weight = Tensor({stage.filters, size_, size_, channels_}, device_);
  conv.bias = Tensor({stage.filters}, device_);
  size_ = 1;
  channels_ = stage.filters;
  return conv;
}

void ConvNetBuilder::residual_unit(ConvNet::Layer& layer, const ConvNetStage& stage,
                                   int64_t stride) {
  const int64_t size = size_, channels = channels_, filters = stage.filters * stage.expansion;
  const Activation activation = stage.activation;
  if (stage.unit == Unit::basic) {
    layer.convs.push_back(conv({stage.kernel, stride, filters, activation}));
    layer.convs.push_back(conv({stage.kernel, 1, filters, activation}));
  } else {
    const bool first = architecture_.stride_first;
    layer.convs.push_back(conv({1, first ? stride : 1, stage.filters, activation}));
    layer.convs.push_back(conv({stage.kernel, first ? 1 : stride, stage.filters, activation}));
    layer.convs.push_back(conv({1, 1, filters, activation}));
  }
  layer.residual = true;
  if (size == size_ && channels == filters) return;
  const int64_t out = std::exchange(size_, size);
  channels_ = channels;
  layer.shortcut.push_back(conv({1, stride, filters}));
  check(size_ == out, ErrorCode::internal, "{}: shortcut of {}, {} is needed", layer.name, size_,
        out);
}

void ConvNetBuilder::inverted_unit(ConvNet::Layer& layer, const ConvNetStage& stage,
                                   int64_t stride) {
  layer.residual = stride == 1 && channels_ == stage.filters;
  const int64_t wide = channels_ * stage.expansion;
  if (stage.expansion > 1) layer.convs.push_back(conv({1, 1, wide, stage.activation}));
  layer.convs.push_back(conv({stage.kernel, stride, wide, stage.activation, true}));
  layer.convs.push_back(conv({1, 1, stage.filters}));
}

void ConvNetBuilder::pool(ConvNet::Layer& layer, const ConvNetStage& stage) {
  layer.average = stage.unit == Unit::average_pool;
  layer.pool = {.window = stage.kernel, .stride = stage.stride, .pad = (stage.kernel - 1) / 2};
  if (layer.average) layer.pool = {.window = size_, .stride = 1, .pad = 0};
  size_ = (size_ + 2 * layer.pool.pad - layer.pool.window) / layer.pool.stride + 1;
}

}  // namespace p2s
