#include "models/convnet_names.h"

#include <algorithm>
#include <array>

#include "nn/base/error.h"

namespace p2s {
namespace {

using Names = ConvNetNaming::Names;
using Unit = ConvNetStage::Unit;

// As Keras' VGG and ResNet take them: values 0 to 255 less their means.
constexpr PixelScale kMeansOnly{{123.68, 116.779, 103.939}, {1, 1, 1}};
constexpr double kKerasEpsilon = 1.001e-5;

// "conv3_2.conv1": stage 3, unit 2, convolution 1 (from 0), or the shortcut.
struct Place {
  explicit Place(const std::string& path) {
    const size_t underline = path.find('_'), dot = path.find('.');
    if (underline == std::string::npos) return;
    stage = std::stoi(path.substr(4, underline - 4));
    unit = std::stoi(path.substr(underline + 1, dot - underline - 1));
    if (dot == std::string::npos) return;
    shortcut = path.ends_with("shortcut");
    if (!shortcut) conv = std::stoi(path.substr(dot + 5));
  }
  int stage = 0, unit = 0, conv = 0;
  bool shortcut = false;
};

// Modules are counted through: a convolution and its activation, a pool.
Names torchvision_vgg(const ConvNetArchitecture& architecture, const std::string& path) {
  if (path == "fc6") return {"classifier.0", ""};
  if (path == "fc7") return {"classifier.3", ""};
  if (path == "fc8") return {"classifier.6", ""};
  const Place place(path);
  int64_t module = 2 * (place.unit - 1);
  for (int stage = 1; stage < place.stage; ++stage) {
    module += 2 * architecture.stages[size_t(2 * (stage - 1))].repeats + 1;
  }
  return {fmt::format("features.{}", module), ""};
}

Names torchvision_resnet(const ConvNetArchitecture&, const std::string& path) {
  if (path == "conv1") return {"conv1", "bn1"};
  if (path == "fc") return {"fc", ""};
  const Place place(path);
  const std::string block = fmt::format("layer{}.{}.", place.stage - 1, place.unit - 1);
  if (place.shortcut) return {block + "downsample.0", block + "downsample.1"};
  return {fmt::format("{}conv{}", block, place.conv + 1),
          fmt::format("{}bn{}", block, place.conv + 1)};
}

Names keras_vgg(const ConvNetArchitecture&, const std::string& path) {
  if (path == "fc6") return {"fc1", ""};
  if (path == "fc7") return {"fc2", ""};
  if (path == "fc8") return {"predictions", ""};
  const Place place(path);
  return {fmt::format("block{}_conv{}", place.stage, place.unit), ""};
}

Names keras_resnet(const ConvNetArchitecture&, const std::string& path) {
  if (path == "conv1") return {"conv1_conv", "conv1_bn"};
  if (path == "fc") return {"predictions", ""};
  const Place place(path);
  const std::string prefix = fmt::format("conv{}_block{}_{}_", place.stage, place.unit,
                                         place.shortcut ? 0 : place.conv + 1);
  return {prefix + "conv", prefix + "bn"};
}

// "block12.conv1": block 12, and of its three convolutions the one that is meant: the first block
// expands nothing.
struct LitePlace {
  explicit LitePlace(const std::string& path)
      : block(std::stoi(path.substr(5))), conv(path.back() - '0' + (block == 0 ? 1 : 0)) {}
  int block, conv;
};

Names lite_pytorch(const ConvNetArchitecture&, const std::string& path) {
  if (path == "stem") return {"_conv_stem", "_bn0"};
  if (path == "head") return {"_conv_head", "_bn1"};
  if (path == "classifier") return {"_fc", ""};
  constexpr std::array kConvs{"_expand_conv", "_depthwise_conv", "_project_conv"};
  const LitePlace place(path);
  const std::string block = fmt::format("_blocks.{}.", place.block);
  return {block + kConvs[size_t(place.conv)], fmt::format("{}_bn{}", block, place.conv)};
}

// Blocks are numbered by stage.
Names timm_lite(const ConvNetArchitecture& architecture, const std::string& path) {
  if (path == "stem") return {"conv_stem", "bn1"};
  if (path == "head") return {"conv_head", "bn2"};
  if (path == "classifier") return {"classifier", ""};
  const LitePlace place(path);
  int64_t stage = 0, unit = place.block;
  while (unit >= architecture.stages[size_t(stage + 1)].repeats) {
    unit -= architecture.stages[size_t(++stage)].repeats;
  }
  const std::string block = fmt::format("blocks.{}.{}.", stage, unit);
  if (stage == 0) {
    return place.conv == 1 ? Names{block + "conv_dw", block + "bn1"}
                           : Names{block + "conv_pw", block + "bn2"};
  }
  constexpr std::array kConvs{"conv_pw", "conv_dw", "conv_pwl"};
  return {block + kConvs[size_t(place.conv)], fmt::format("{}bn{}", block, place.conv + 1)};
}

// "conv1/kernel" of any of the names that Keras has given it.
std::string keras_name(const std::string& path) {
  static constexpr std::pair<const char*, const char*> kParts[] = {
      {"kernel", "kernel"},
      {"_W", "kernel"},
      {"bias", "bias"},
      {"_b_", "bias"},
      {"gamma", "gamma"},
      {"beta", "beta"},
      {"moving_mean", "moving_mean"},
      {"moving_variance", "moving_variance"}};
  const size_t last = path.rfind('/');
  const size_t begin = path.starts_with("model_weights/") ? path.find('/') + 1 : 0;
  const std::string layer = path.substr(begin, path.find('/', begin) - begin);
  const std::string part = path.substr(last + 1);
  for (const auto& [text, name] : kParts) {
    if (part.find(text) != std::string::npos) return layer + "/" + name;
  }
  return path;
}

}  // namespace

const std::vector<ConvNetNaming>& convnet_namings() {
  static const std::vector<ConvNetNaming> all{
      {.title = "torchvision", .family = "vgg-", .keras = false, .names = torchvision_vgg},
      {.title = "torchvision", .family = "resnet-", .keras = false, .names = torchvision_resnet},
      {.title = "efficientnet-lite-pytorch",
       .family = "efficientnet-lite",
       .keras = false,
       .names = lite_pytorch},
      {.title = "timm", .family = "efficientnet-lite", .keras = false, .names = timm_lite},
      {.title = "Keras",
       .family = "vgg-",
       .keras = true,
       .pixels = &kMeansOnly,
       .blue_first = true,
       .names = keras_vgg},
      {.title = "Keras",
       .family = "resnet-",
       .keras = true,
       .epsilon = kKerasEpsilon,
       .pixels = &kMeansOnly,
       .blue_first = true,
       .names = keras_resnet,
       .stride_first = true},
  };
  return all;
}

std::vector<ImportedTensor> imported_tensors(ConvNet& net, const ConvNetArchitecture& architecture,
                                             const ConvNetNaming& naming) {
  using Layout = ImportedTensor::Layout;
  std::vector<ImportedTensor> all;
  net.for_each_conv([&](const std::string& path, ConvNet::Conv& conv) {
    const Names names = naming.names(architecture, path);
    const std::string layer = path.substr(0, path.find('.'));
    const auto take = [&](const std::string& prefix, const char* torch, const char* keras,
                          const std::vector<int64_t>& shape, Layout layout, const Var& to) {
      const std::string name = naming.keras ? prefix + "/" + keras : prefix + "." + torch;
      all.push_back({layer, name, shape, layout, to});
    };
    const Shape& w = conv.weight.shape();
    const int64_t filters = w[0], height = w[1], width = w[2], channels = w[3];
    const int64_t numbers = height * width * channels;
    std::vector<int64_t> shape{filters, channels, height, width};
    if (naming.keras) shape = {height, width, channels, filters};
    if (conv.dense) shape = {filters, numbers};
    if (conv.dense && naming.keras) shape = {numbers, filters};
    take(names.conv, "weight", "kernel", shape, conv.dense ? Layout::dense : Layout::convolution,
         conv.weight);
    const auto row = [&](const std::string& prefix, const char* torch, const char* keras,
                         const Var& to) {
      take(prefix, torch, keras, {filters}, Layout::as_it_is, to);
    };
    if (!conv.has_norm()) return row(names.conv, "bias", "bias", conv.bias);
    row(names.norm, "weight", "gamma", conv.norm.gain);
    row(names.norm, "bias", "beta", conv.norm.bias);
    row(names.norm, "running_mean", "moving_mean", conv.norm.mean);
    row(names.norm, "running_var", "moving_variance", conv.norm.variance);
  });
  return all;
}

std::string canonical_name(const std::string& name) {
  if (name.find('/') != std::string::npos) return keras_name(name);
  size_t begin = 0;
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view wrap : {"state_dict.", "model.", "module.", "net."}) {
      if (std::string_view(name).substr(begin).starts_with(wrap)) {
        begin += wrap.size();
        again = true;
      }
    }
  }
  return name.substr(begin);
}

}  // namespace p2s
