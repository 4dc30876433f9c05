#pragma once

#include "models/convnet.h"

namespace p2s {

// Makes the layers of a description one after the other, keeping the size and depth of the image
// on its way. Weights are left uninitialised.
class ConvNetBuilder {
 public:
  ConvNetBuilder(const ConvNetArchitecture& architecture, Device device, bool batch_norm)
      : architecture_(architecture),
        device_(device),
        batch_norm_(batch_norm),
        size_(architecture.input) {}

  // Unit `number` of a stage, from 0.
  ConvNet::Layer layer(const ConvNetStage& stage, int64_t number);

 private:
  struct ConvShape {
    int64_t kernel, stride, filters;
    Activation activation = Activation::none;
    bool depthwise = false;
  };
  ConvNet::Conv conv(const ConvShape& shape);
  ConvNet::Conv dense(const ConvNetStage& stage);
  void residual_unit(ConvNet::Layer&, const ConvNetStage&, int64_t stride);
  void inverted_unit(ConvNet::Layer&, const ConvNetStage&, int64_t stride);
  void pool(ConvNet::Layer&, const ConvNetStage&);

  const ConvNetArchitecture& architecture_;
  Device device_;
  bool batch_norm_;
  int64_t size_, channels_ = 3;
};

}  // namespace p2s
