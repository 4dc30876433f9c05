#pragma once

#include "models/convnet.h"

// A layer of several packed convolutions, some rows of its output at a time: the wide maps between
// the convolutions of an inverted bottleneck stay in the second cache, and each thread has bands of
// its own (EfficientNet-Lite0, 16 images: 48 ms instead of 53).
namespace p2s {

// Rows of a band, or 0 where bands win nothing: not depthwise, fewer images than threads, or so
// small a map that the parts of all threads fit their caches anyway.
int64_t band_rows(const ConvNet::Layer&, const Shape& x);

// What the layer makes of x [N,H,W,C] on the CPU, the same as all rows at once.
Tensor run_in_bands(const ConvNet::Layer&, const Tensor& x, int64_t rows);

}  // namespace p2s
