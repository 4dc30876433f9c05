#pragma once

#include "kernels/kernels.h"

// The kernels that conv2d.cpp puts convolutions together from.
namespace p2s::cuda {

// Images [first, first + images) of x laid out as a matrix: a row for each output place, a column
// for each weight of a filter, zero where the padding lies.
void image_to_columns(const Conv2d& c, int64_t first, int64_t images, const float* x,
                      float* columns);
// The reverse: dx += what the columns hold for each input.
void add_columns_to_image(const Conv2d& c, int64_t first, int64_t images, const float* columns,
                          float* dx);

// y = activation(y + bias + residual), in place; bias [filters] and residual may be null.
void finish_convolution(int64_t n, int64_t filters, const float* bias, const float* residual,
                        Activation activation, float* y);

// Convolutions in groups, depthwise among them: every output of its own thread.
void grouped_convolution(const Conv2d& c, const float* x, const float* w, const float* bias,
                         const float* residual, Activation activation, float* y);
void grouped_convolution_grad(const Conv2d& c, const float* x, const float* w, const float* dy,
                              float* dx, float* dw);

}  // namespace p2s::cuda
