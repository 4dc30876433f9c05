#pragma once

#include <string>
#include <vector>

#include "models/convnet.h"
#include "models/tensor_file.h"

namespace p2s {

// How the programs that weights come from call a network's convolutions and norms, and store their
// numbers.
struct ConvNetNaming {
  const char* title;   // "torchvision"
  const char* family;  // what the names of its architectures begin with
  bool keras;          // HWIO, dense [in,out]; OIHW and [out,in] otherwise
  // Epsilon of its batch norms, and pixels, where they are not the architecture's; and whether they
  // come as B, G, R.
  double epsilon = 0;
  const PixelScale* pixels = nullptr;
  bool blue_first = false;
  struct Names {
    std::string conv, norm;
  };
  // Of the convolution that ConvNet::for_each_conv gives this path.
  Names (*names)(const ConvNetArchitecture&, const std::string& path);
  bool stride_first = false;  // of "-v1" architectures only
};

// torchvision (VGG, ResNet), efficientnet-lite-pytorch and timm (EfficientNet-Lite), Keras 2 (VGG,
// ResNet).
const std::vector<ConvNetNaming>& convnet_namings();

// Where a tensor is to be found, and where its numbers go.
struct ImportedTensor {
  enum class Layout { as_it_is, convolution, dense };
  std::string layer;           // of the network: "conv2_1", for messages
  std::string name;            // canonical_name() in the file
  std::vector<int64_t> shape;  // there
  Layout layout = Layout::as_it_is;
  Var to;
};
// All that a network takes from a file named in this way, first layer first. The biases that Keras'
// convolutions have before their norm are not among them.
std::vector<ImportedTensor> imported_tensors(ConvNet&, const ConvNetArchitecture&,
                                             const ConvNetNaming&);

// A name without what wraps whole networks: "module." and "state_dict." of PyTorch's, and for
// Keras' data sets (".../conv1/conv1/kernel:0", "conv1/conv1_W_1:0") "conv1/kernel".
std::string canonical_name(const std::string& name);

}  // namespace p2s
