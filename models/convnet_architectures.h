#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/kernels.h"

namespace p2s {

// A stage of a convnet: `repeats` like units one after the other, of which the first has the
// stride. Each unit is a layer of its own.
struct ConvNetStage {
  enum class Unit {
    convolution,
    basic,       // two convolutions and what came in (He et al. 2015, for ResNet-18 and 34)
    bottleneck,  // 1x1, kernel, 1x1 with `expansion` times the filters, and what came in
    inverted,    // 1x1 to `expansion` times the channels, one kernel a channel, 1x1 (Sandler 2018)
    max_pool,
    average_pool,  // over the whole image
    dense,         // fully connected: a convolution whose kernel is the whole image
  };
  std::string name;  // of its layers; "{}" stands for their number
  Unit unit = Unit::convolution;
  int64_t kernel = 3, stride = 1, filters = 0, repeats = 1, expansion = 1;
  Activation activation = Activation::relu;
  int64_t first = 1;   // number of the first layer
  double dropout = 0;  // on what comes in, in training
};

// How a network wants its pixels: (value - mean) / deviation for values 0 to 255 of R, G, B.
struct PixelScale {
  std::array<double, 3> mean{127, 127, 127}, deviation{128, 128, 128};
  bool operator==(const PixelScale&) const = default;
};

struct ConvNetArchitecture {
  std::string name;   // "resnet-50"
  int64_t input = 0;  // height and width of its images
  // Convolutions pad as TensorFlow's "SAME" does, what is odd below and to the right; otherwise
  // (kernel - 1) / 2 on every side.
  bool same_padding = false;
  bool batch_norm = true;
  double epsilon = 1e-5, momentum = 0.1;  // of the batch norms
  // Bottlenecks stride in their first convolution, as published and in Keras, not in the second as
  // in PyTorch's.
  bool stride_first = false;
  PixelScale pixels{};
  std::vector<ConvNetStage> stages;
  std::string features;  // the layer that is the photograph's vector; what follows it classifies
};

// VGG-16 and 19 (Simonyan & Zisserman 2014), ResNet-18 to 152 (He et al. 2015; "-v1" with the
// stride where it was published), EfficientNet-Lite0 to 4 (Tan & Le 2019, without squeeze-excite,
// relu6).
const std::vector<ConvNetArchitecture>& convnet_architectures();

// Null if there is none of that name.
const ConvNetArchitecture* find_convnet_architecture(const std::string& name);

// "vgg-16, vgg-19, ...", for messages.
std::string convnet_names();

}  // namespace p2s
