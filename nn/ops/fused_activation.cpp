#include "nn/ops/fused_activation.h"

namespace p2s {
namespace {

// The unary operation of the same values; not of Activation::none.
Unary unary_of(Activation activation) {
  return activation == Activation::relu ? Unary::relu : Unary::relu6;
}

}  // namespace

Var activate(Tape& tape, Activation activation, const Var& x) {
  return activation == Activation::none ? x : unary(tape, unary_of(activation), x);
}

Tensor before_activation(const Kernels& k, Activation activation, const Var& y) {
  Tensor d = y.grad->give();
  if (activation != Activation::none) {
    k.unary_grad(unary_of(activation), d.elements(), y.value.data(), y.value.data(), d.data(),
                 d.data(), false);
  }
  return d;
}

}  // namespace p2s
