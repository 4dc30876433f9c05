#pragma once

#include <string>
#include <vector>

#include "nn/checkpoint.h"
#include "nn/ops.h"

namespace p2s {

// EfficientNet-Lite0 (Tan & Le 2019; Lite: no squeeze-excite, relu6), NHWC, for features: images
// [N,224,224,3] as (x - 127) / 128 -> pooled features [N,1280]. Batch norm is folded into the
// convolutions when weights are imported.
struct EfficientNetLite {
  struct Conv {
    Var weight, bias;
    ConvOptions options;
    template <class F>
    void visit(F&& f) {
      f("weight", weight), f("bias", bias);
    }
  };
  struct Block {
    std::vector<Conv> convs;  // expand (when the ratio is above 1), depthwise, project
    bool residual = false;
    template <class F>
    void visit(F&& f) {
      for (size_t i = 0; i < convs.size(); ++i) f("conv" + std::to_string(i), convs[i]);
    }
  };
  static constexpr int64_t kInput = 224, kFeatures = 1280;

  Conv stem, head;
  std::vector<Block> blocks;

  EfficientNetLite() = default;
  explicit EfficientNetLite(Device);  // the structure, weights zero
  Var operator()(Tape&, const Var& images) const;

  template <class F>
  void visit(F&& f) {
    f("stem", stem);
    for (size_t i = 0; i < blocks.size(); ++i) f("block" + std::to_string(i), blocks[i]);
    f("head", head);
  }
};

// The convnet in a model file (group "convnet", attribute "convnet" = "efficientnet-lite0").
void write_convnet(ModelFileWriter&, EfficientNetLite&, Storing);
EfficientNetLite read_convnet(const ModelFileReader&, Device);

}  // namespace p2s
