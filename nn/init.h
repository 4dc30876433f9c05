#pragma once

#include "nn/base/rng.h"
#include "nn/tape.h"

namespace p2s {

// Fresh parameters. For a weight [in, out] the fans are in and out; for a convolution [K,R,S,C]
// they are R*S*C and R*S*K.
Var zeros(const Shape&, Device);
Var ones(const Shape&, Device);
Var uniform(const Shape&, Device, Rng&, real bound);
Var normal(const Shape&, Device, Rng&, real deviation);
// Uniform within sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010).
Var xavier(const Shape&, Device, Rng&);
// Normal with deviation sqrt(2 / fan_in) (He et al. 2015).
Var he(const Shape&, Device, Rng&);
// [n, n*k]: k orthogonal blocks side by side (QR of normal numbers; Saxe et al. 2014).
Var orthogonal(const Shape&, Device, Rng&);

}  // namespace p2s
