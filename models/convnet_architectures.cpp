#include "models/convnet_architectures.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>

namespace p2s {
namespace {

using Unit = ConvNetStage::Unit;
using Stages = std::vector<ConvNetStage>;

constexpr int64_t kClasses = 1000;  // of ImageNet
// Of ImageNet's pixels, as PyTorch's weights were trained with.
const PixelScale kImageNet{{0.485 * 255, 0.456 * 255, 0.406 * 255},
                           {0.229 * 255, 0.224 * 255, 0.225 * 255}};

ConvNetArchitecture vgg(const char* name, const std::vector<int64_t>& depths) {
  Stages stages;
  for (size_t i = 0; i < depths.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    const int64_t filters = std::min<int64_t>(512, 64 << i);
    stages.push_back({.name = "conv" + number + "_{}", .filters = filters, .repeats = depths[i]});
    stages.push_back({.name = "pool" + number, .unit = Unit::max_pool, .kernel = 2, .stride = 2});
  }
  stages.push_back({.name = "fc6", .unit = Unit::dense, .filters = 4096});
  stages.push_back({.name = "fc7", .unit = Unit::dense, .filters = 4096, .dropout = 0.5});
  stages.push_back({.name = "fc8",
                    .unit = Unit::dense,
                    .filters = kClasses,
                    .activation = Activation::none,
                    .dropout = 0.5});
  return {.name = name,
          .input = 224,
          .batch_norm = false,
          .pixels = kImageNet,
          .stages = stages,
          .features = "fc7"};
}

ConvNetArchitecture resnet(const std::string& name, Unit unit, const std::vector<int64_t>& depths,
                           bool stride_first = false) {
  Stages stages{{.name = "conv1", .kernel = 7, .stride = 2, .filters = 64},
                {.name = "pool1", .unit = Unit::max_pool, .kernel = 3, .stride = 2}};
  for (size_t i = 0; i < depths.size(); ++i) {
    stages.push_back({.name = "conv" + std::to_string(i + 2) + "_{}",
                      .unit = unit,
                      .stride = i == 0 ? 1 : 2,
                      .filters = 64 << i,
                      .repeats = depths[i],
                      .expansion = unit == Unit::bottleneck ? 4 : 1});
  }
  stages.push_back({.name = "pool", .unit = Unit::average_pool});
  stages.push_back(
      {.name = "fc", .unit = Unit::dense, .filters = kClasses, .activation = Activation::none});
  return {.name = name,
          .input = 224,
          .stride_first = stride_first,
          .pixels = kImageNet,
          .stages = stages,
          .features = "pool"};
}

// To the nearest multiple of 8 that is not a tenth smaller (Tan & Le's code).
int64_t scaled_filters(int64_t filters, double width) {
  const double scaled = double(filters) * width;
  const auto rounded = int64_t(scaled + 4) / 8 * 8;
  return double(rounded) < 0.9 * scaled ? rounded + 8 : rounded;
}

// Width, depth and size are scaled together; the stem, the head and the depth of the first and last
// stage are those of Lite0 in all.
ConvNetArchitecture efficientnet_lite(const char* name, double width, double depth, int64_t input,
                                      double dropout) {
  // Tan & Le 2019, table 1.
  constexpr struct {
    int64_t kernel, stride, expansion, filters, repeats;
  } kStages[] = {{3, 1, 1, 16, 1},  {3, 2, 6, 24, 2},  {5, 2, 6, 40, 2}, {3, 2, 6, 80, 3},
                 {5, 1, 6, 112, 3}, {5, 2, 6, 192, 4}, {3, 1, 6, 320, 1}};
  constexpr Activation relu6 = Activation::relu6;
  Stages stages{{.name = "stem", .stride = 2, .filters = 32, .activation = relu6}};
  int64_t block = 0;
  for (const auto& stage : kStages) {
    const bool scaled = &stage != std::begin(kStages) && &stage != std::end(kStages) - 1;
    const int64_t repeats =
        scaled ? int64_t(std::ceil(double(stage.repeats) * depth)) : stage.repeats;
    stages.push_back({.name = "block{}",
                      .unit = Unit::inverted,
                      .kernel = stage.kernel,
                      .stride = stage.stride,
                      .filters = scaled_filters(stage.filters, width),
                      .repeats = repeats,
                      .expansion = stage.expansion,
                      .activation = relu6,
                      .first = block});
    block += repeats;
  }
  stages.push_back({.name = "head", .kernel = 1, .filters = 1280, .activation = relu6});
  stages.push_back({.name = "pool", .unit = Unit::average_pool});
  stages.push_back({.name = "classifier",
                    .unit = Unit::dense,
                    .filters = kClasses,
                    .activation = Activation::none,
                    .dropout = dropout});
  return {.name = name,
          .input = input,
          .same_padding = true,
          .epsilon = 1e-3,
          .momentum = 0.01,
          .stages = stages,
          .features = "pool"};
}

}  // namespace

const std::vector<ConvNetArchitecture>& convnet_architectures() {
  static const std::vector<ConvNetArchitecture> all{
      vgg("vgg-16", {2, 2, 3, 3, 3}),
      vgg("vgg-19", {2, 2, 4, 4, 4}),
      resnet("resnet-18", Unit::basic, {2, 2, 2, 2}),
      resnet("resnet-34", Unit::basic, {3, 4, 6, 3}),
      resnet("resnet-50", Unit::bottleneck, {3, 4, 6, 3}),
      resnet("resnet-101", Unit::bottleneck, {3, 4, 23, 3}),
      resnet("resnet-152", Unit::bottleneck, {3, 8, 36, 3}),
      resnet("resnet-50-v1", Unit::bottleneck, {3, 4, 6, 3}, true),
      resnet("resnet-101-v1", Unit::bottleneck, {3, 4, 23, 3}, true),
      resnet("resnet-152-v1", Unit::bottleneck, {3, 8, 36, 3}, true),
      efficientnet_lite("efficientnet-lite0", 1.0, 1.0, 224, 0.2),
      efficientnet_lite("efficientnet-lite1", 1.0, 1.1, 240, 0.2),
      efficientnet_lite("efficientnet-lite2", 1.1, 1.2, 260, 0.3),
      efficientnet_lite("efficientnet-lite3", 1.2, 1.4, 280, 0.3),
      efficientnet_lite("efficientnet-lite4", 1.4, 1.8, 300, 0.3),
  };
  return all;
}

const ConvNetArchitecture* find_convnet_architecture(const std::string& name) {
  const auto& all = convnet_architectures();
  const auto found = std::ranges::find(all, name, &ConvNetArchitecture::name);
  return found == all.end() ? nullptr : &*found;
}

std::string convnet_names() {
  std::vector<std::string> names;
  for (const ConvNetArchitecture& architecture : convnet_architectures()) {
    names.push_back(architecture.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace p2s
