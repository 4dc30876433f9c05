#pragma once

#include <filesystem>

#include "models/convnet.h"
#include "models/torch_weights.h"

namespace p2s {

// EfficientNet-Lite0 from PyTorch weights, named as in the package efficientnet-lite-pytorch
// ("_conv_stem.weight", "_blocks.3._depthwise_conv.weight", "_bn0.running_mean", ...): OIHW becomes
// [K,R,S,C/groups], batch norms stay apart. Error(format) names the first that is missing or of
// another shape.
ConvNet convnet_from_torch(const TorchWeights& weights, Device device);

// Reads FILE.pth, running none of the code in it, and writes a model file.
void import_convnet(const std::filesystem::path& pth, const std::filesystem::path& out);

}  // namespace p2s
