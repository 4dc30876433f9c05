#include "models/convnet_import.h"

#include <cmath>
#include <string>
#include <vector>

#include "nn/base/error.h"

namespace p2s {
namespace {

constexpr double kEpsilon = 1e-3;

std::vector<double> numbers(const TorchWeights& weights, const std::string& name,
                            const std::vector<int64_t>& shape) {
  check(weights.shape(name) == shape, ErrorCode::format,
        "{}: {} is [{}], EfficientNet-Lite0 needs [{}]", weights.path().string(), name,
        fmt::join(weights.shape(name), ","), fmt::join(shape, ","));
  return weights.values(name);
}

// norm(conv(x)) = conv'(x) + bias' with w' = w g / sqrt(var + eps), bias' = b - mean g / sqrt(...).
void fold(const TorchWeights& weights, const std::string& conv, const std::string& norm,
          EfficientNetLite::Conv& to) {
  const Shape& shape = to.weight.shape();
  const int64_t filters = shape[0], height = shape[1], width = shape[2], channels = shape[3];
  const auto w = numbers(weights, conv + ".weight", {filters, channels, height, width});
  const auto gain = numbers(weights, norm + ".weight", {filters});
  const auto shift = numbers(weights, norm + ".bias", {filters});
  const auto mean = numbers(weights, norm + ".running_mean", {filters});
  const auto variance = numbers(weights, norm + ".running_var", {filters});
  std::vector<real> folded(w.size()), bias(size_t(filters), 0);
  for (int64_t k = 0, i = 0; k < filters; ++k) {
    const double scale = gain[size_t(k)] / std::sqrt(variance[size_t(k)] + kEpsilon);
    bias[size_t(k)] = real(shift[size_t(k)] - mean[size_t(k)] * scale);
    for (int64_t place = 0; place < height * width; ++place) {
      for (int64_t c = 0; c < channels; ++c, ++i) {
        folded[size_t(i)] = real(w[size_t((k * channels + c) * height * width + place)] * scale);
      }
    }
  }
  const Device device = to.weight.value.device();
  to.weight.value.copy_from(Tensor(shape, device, folded));
  to.bias.value.copy_from(Tensor({filters}, device, bias));
}

}  // namespace

EfficientNetLite convnet_from_torch(const TorchWeights& weights, Device device) {
  EfficientNetLite convnet(device);
  fold(weights, "_conv_stem", "_bn0", convnet.stem);
  for (size_t b = 0; b < convnet.blocks.size(); ++b) {
    auto& convs = convnet.blocks[b].convs;
    const std::string prefix = fmt::format("_blocks.{}.", b);
    const size_t depthwise = convs.size() - 2;
    if (depthwise == 1) fold(weights, prefix + "_expand_conv", prefix + "_bn0", convs[0]);
    fold(weights, prefix + "_depthwise_conv", prefix + "_bn1", convs[depthwise]);
    fold(weights, prefix + "_project_conv", prefix + "_bn2", convs[depthwise + 1]);
  }
  fold(weights, "_conv_head", "_bn1", convnet.head);
  return convnet;
}

void import_convnet(const std::filesystem::path& pth, const std::filesystem::path& out) {
  EfficientNetLite convnet = convnet_from_torch(TorchWeights(pth), Device::ref);
  ModelFileWriter file(out);
  write_convnet(file, convnet, Storing::f32);
  file.finish();
}

}  // namespace p2s
