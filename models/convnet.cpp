#include "models/convnet.h"

#include <utility>

#include "nn/base/error.h"
#include "nn/optim.h"

namespace p2s {
namespace {

constexpr const char* kKind = "efficientnet-lite0";
constexpr const char* kGroup = "convnet";

struct Stage {
  int64_t kernel, stride, expansion, filters, repeats;
};
// Tan & Le 2019, table 1, with width and depth 1.
constexpr Stage kStages[] = {{3, 1, 1, 16, 1}, {3, 2, 6, 24, 2},  {5, 2, 6, 40, 2},
                             {3, 2, 6, 80, 3}, {5, 1, 6, 112, 3}, {5, 2, 6, 192, 4},
                             {3, 1, 6, 320, 1}};
constexpr int64_t kStemFilters = 32;

// Builds convolutions one after the other, keeping the size and depth of the image on its way.
class Builder {
 public:
  Builder(Device device, int64_t size) : device_(device), size_(size) {}

  EfficientNetLite::Conv conv(int64_t filters, int64_t kernel, int64_t stride, bool depthwise,
                              Activation activation) {
    // TensorFlow's "SAME": what is odd in the padding goes below and to the right.
    const int64_t out = (size_ + stride - 1) / stride;
    const int64_t pad = std::max<int64_t>(0, (out - 1) * stride + kernel - size_);
    const int64_t before = pad / 2, after = pad - pad / 2;
    EfficientNetLite::Conv conv;
    conv.options = {.stride = stride,
                    .pad_top = before,
                    .pad_bottom = after,
                    .pad_left = before,
                    .pad_right = after,
                    .groups = depthwise ? channels_ : 1,
                    .activation = activation};
    conv.weight =
        Var(Tensor({filters, kernel, kernel, depthwise ? 1 : channels_}, device_, real(0)));
    conv.bias = Var(Tensor({filters}, device_, real(0)));
    size_ = out;
    channels_ = filters;
    return conv;
  }

  EfficientNetLite::Block block(const Stage& stage, int64_t stride) {
    EfficientNetLite::Block block;
    block.residual = stride == 1 && channels_ == stage.filters;
    const int64_t wide = channels_ * stage.expansion;
    if (stage.expansion > 1) block.convs.push_back(conv(wide, 1, 1, false, Activation::relu6));
    block.convs.push_back(conv(wide, stage.kernel, stride, true, Activation::relu6));
    block.convs.push_back(conv(stage.filters, 1, 1, false, Activation::none));
    return block;
  }

 private:
  Device device_;
  int64_t size_, channels_ = 3;
};

Var apply(Tape& tape, const EfficientNetLite::Conv& conv, const Var& x, const Var& residual = {}) {
  return conv2d(tape, x, conv.weight, conv.bias, conv.options, residual);
}

}  // namespace

EfficientNetLite::EfficientNetLite(Device device) {
  Builder builder(device, kInput);
  stem = builder.conv(kStemFilters, 3, 2, false, Activation::relu6);
  for (const Stage& stage : kStages) {
    for (int64_t i = 0; i < stage.repeats; ++i) {
      blocks.push_back(builder.block(stage, i == 0 ? stage.stride : 1));
    }
  }
  head = builder.conv(kFeatures, 1, 1, false, Activation::relu6);
}

Var EfficientNetLite::operator()(Tape& tape, const Var& images) const {
  const Shape& shape = images.shape();
  check(shape.rank() == 4 && shape.with(0, 1) == Shape({1, kInput, kInput, 3}), ErrorCode::shape,
        "convnet: images are {}, [N,{},{},3] is needed", shape.text(), kInput, kInput);
  Var x = apply(tape, stem, images);
  for (const Block& block : blocks) {
    const Var shortcut = block.residual ? x : Var();
    for (const Conv& conv : block.convs) {
      x = apply(tape, conv, x, &conv == &block.convs.back() ? shortcut : Var());
    }
  }
  x = apply(tape, head, x);
  x = average_pool(tape, x, {.window = x.shape()[1], .stride = 1, .pad = 0});
  return reshape(tape, x, {shape[0], kFeatures});
}

void write_convnet(ModelFileWriter& file, EfficientNetLite& convnet, Storing storing) {
  file.attribute(kGroup, kKind);
  write_parameters(file, kGroup, parameters_of(convnet), storing);
}

EfficientNetLite read_convnet(const ModelFileReader& file, Device device) {
  check(file.has_attribute(kGroup), ErrorCode::format,
        "{}: holds no convnet; give a file written by p2s-train import-cnn", file.path().string());
  const std::string kind = file.attribute(kGroup);
  check(kind == kKind, ErrorCode::format, "{}: holds the convnet \"{}\", \"{}\" is needed",
        file.path().string(), kind, kKind);
  EfficientNetLite convnet(device);
  read_parameters(file, kGroup, parameters_of(convnet));
  return convnet;
}

}  // namespace p2s
