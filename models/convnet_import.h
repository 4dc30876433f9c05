#pragma once

#include <filesystem>
#include <string>

#include "models/convnet.h"
#include "models/tensor_file.h"

namespace p2s {

// A convnet from weights of torchvision, efficientnet-lite-pytorch, timm or Keras 2, in any file
// that TensorFile reads. What it is, the names and shapes of its tensors say; `architecture` ("":
// any of convnet_architectures()) says what it must be. Batch norms stay apart; the classifier is
// left out where the file has none. Error(format) names the first layer that does not fit: missing
// or of another shape.
ConvNet convnet_from_tensors(const TensorFile& file, Device device,
                             const std::string& architecture = "");

// The same of a file whose names are known.
struct ConvNetNaming;
ConvNet convnet_from_tensors(const TensorFile& file, Device device,
                             const ConvNetArchitecture& architecture, const ConvNetNaming& naming);

// Reads such a file, running none of the code in it, writes a model file, and says what it was.
std::string import_convnet(const std::filesystem::path& weights, const std::filesystem::path& out,
                           const std::string& architecture = "");

}  // namespace p2s
