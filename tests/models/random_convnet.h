#pragma once

#include "models/convnet.h"
#include "nn/init.h"
#include "nn/optim.h"

namespace p2s {

// EfficientNet-Lite0 with random weights, of a size that lets signals through all layers.
inline ConvNet random_convnet() {
  ConvNet convnet(*find_convnet_architecture("efficientnet-lite0"), Device::cpu, {});
  Rng rng(2);
  for (const NamedParameter& p : parameters_of(convnet)) {
    const Shape& shape = p.var.shape();
    const Var start = shape.rank() == 1 ? zeros(shape, Device::cpu) : he(shape, Device::cpu, rng);
    p.var.value.copy_from(start.value);
  }
  return convnet;
}

}  // namespace p2s
