#include "kernels/cuda/column_sums.cuh"
#include "kernels/cuda/convolution.h"
#include "kernels/cuda/images.cuh"
#include "kernels/functors.h"

namespace p2s::cuda {
namespace {

__device__ int64_t at_input(const Sized<Conv2d>& c, int64_t image, int64_t row, int64_t column,
                            int64_t channel) {
  return ((image * c.height + row) * c.width + column) * c.channels + channel;
}

__device__ bool inside(const Sized<Conv2d>& c, int64_t row, int64_t column) {
  return row >= 0 && row < c.height && column >= 0 && column < c.width;
}

// The output row (or column) whose weight r lies on input `at`; -1 where there is none.
__device__ int64_t output_at(int64_t at, int64_t pad, int64_t r, int64_t stride, int64_t count) {
  const int64_t distance = at + pad - r;
  if (distance < 0 || distance % stride != 0 || distance / stride >= count) return -1;
  return distance / stride;
}

__global__ void image_to_columns_kernel(Sized<Conv2d> c, int64_t n, const float* x,
                                        float* columns) {
  const int64_t weights = c.kernel_height * c.kernel_width;
  for (int64_t i = thread_index(); i < n; i += thread_count()) {
    // [image, P, Q, R * S * C]
    const Place out = place_of(i, c.P, c.Q, weights * c.channels);
    const int64_t weight = quotient_of(out.channel, c.channels);
    const int64_t r = weight / c.kernel_width, s = weight - r * c.kernel_width;
    const int64_t row = out.row * c.stride - c.pad_top + r;
    const int64_t column = out.column * c.stride - c.pad_left + s;
    const int64_t channel = out.channel - weight * c.channels;
    columns[i] = inside(c, row, column) ? x[at_input(c, out.image, row, column, channel)] : 0;
  }
}

__global__ void add_columns_to_image_kernel(Sized<Conv2d> c, int64_t n, const float* columns,
                                            float* dx) {
  const int64_t P = c.P, Q = c.Q;
  for (int64_t i = thread_index(); i < n; i += thread_count()) {
    const Place in = place_of(i, c.height, c.width, c.channels);
    float sum = 0;
    for (int64_t r = 0; r < c.kernel_height; ++r) {
      const int64_t row = output_at(in.row, c.pad_top, r, c.stride, P);
      for (int64_t s = 0; s < c.kernel_width && row >= 0; ++s) {
        const int64_t column = output_at(in.column, c.pad_left, s, c.stride, Q);
        if (column < 0) continue;
        const int64_t place = ((in.image * P + row) * Q + column) * c.kernel_height + r;
        sum += columns[(place * c.kernel_width + s) * c.channels + in.channel];
      }
    }
    dx[i] += sum;
  }
}

__device__ float finished(float sum, int64_t i, int64_t filter, const float* bias,
                          const float* residual, Activation activation) {
  if (bias != nullptr) sum += bias[filter];
  if (residual != nullptr) sum += residual[i];
  return functor::activate(activation, sum);
}

__global__ void finish_convolution_kernel(int64_t n, int64_t filters, const float* bias,
                                          const float* residual, Activation activation, float* y) {
  for (int64_t i = thread_index(); i < n; i += thread_count()) {
    y[i] = finished(y[i], i, remainder_of(i, filters), bias, residual, activation);
  }
}

// ---- groups

// Channels of a filter, filters of a group.
__device__ int64_t depth(const Sized<Conv2d>& c) { return c.channels / c.groups; }
__device__ int64_t filters_a_group(const Sized<Conv2d>& c) { return c.filters / c.groups; }

__global__ void grouped_kernel(Sized<Conv2d> c, int64_t n, const float* x, const float* w,
                               const float* bias, const float* residual, Activation activation,
                               float* y) {
  for (int64_t i = thread_index(); i < n; i += thread_count()) {
    const Place out = place_of(i, c.P, c.Q, c.filters);
    const int64_t first = out.channel / filters_a_group(c) * depth(c);
    float sum = 0;
    for (int64_t r = 0; r < c.kernel_height; ++r) {
      for (int64_t s = 0; s < c.kernel_width; ++s) {
        const int64_t row = out.row * c.stride - c.pad_top + r;
        const int64_t column = out.column * c.stride - c.pad_left + s;
        if (!inside(c, row, column)) continue;
        const float* from = x + at_input(c, out.image, row, column, first);
        const int64_t weight = (out.channel * c.kernel_height + r) * c.kernel_width + s;
        for (int64_t d = 0; d < depth(c); ++d) sum += from[d] * w[weight * depth(c) + d];
      }
    }
    y[i] = finished(sum, i, out.channel, bias, residual, activation);
  }
}

__global__ void grouped_input_grad(Sized<Conv2d> c, int64_t n, const float* w, const float* dy,
                                   float* dx) {
  const int64_t P = c.P, Q = c.Q;
  for (int64_t i = thread_index(); i < n; i += thread_count()) {
    const Place in = place_of(i, c.height, c.width, c.channels);
    const int64_t group = in.channel / depth(c), d = in.channel - group * depth(c);
    float sum = 0;
    for (int64_t r = 0; r < c.kernel_height; ++r) {
      const int64_t row = output_at(in.row, c.pad_top, r, c.stride, P);
      for (int64_t s = 0; s < c.kernel_width && row >= 0; ++s) {
        const int64_t column = output_at(in.column, c.pad_left, s, c.stride, Q);
        if (column < 0) continue;
        const float* out = dy + ((in.image * P + row) * Q + column) * c.filters;
        for (int64_t f = 0; f < filters_a_group(c); ++f) {
          const int64_t k = group * filters_a_group(c) + f;
          const int64_t weight = (k * c.kernel_height + r) * c.kernel_width + s;
          sum += out[k] * w[weight * depth(c) + d];
        }
      }
    }
    dx[i] += sum;
  }
}

// Weight gradients are sums over all output places. Columns are ordered [R, S, depth, K], so that
// neighbouring threads read neighbouring filters.
struct WeightSlope {
  Sized<Conv2d> c;
  const float *x, *dy;
  __device__ float2 operator()(int64_t output, int64_t column) const {
    const Place out = place_of(output, c.P, c.Q, 1);
    const int64_t weight = column / c.filters, k = column - weight * c.filters;
    const int64_t depth = c.channels / c.groups;
    const int64_t d = weight % depth, s = weight / depth % c.kernel_width,
                  r = weight / depth / c.kernel_width;
    const int64_t row = out.row * c.stride - c.pad_top + r;
    const int64_t across = out.column * c.stride - c.pad_left + s;
    if (!inside(c, row, across)) return make_float2(0, 0);
    const int64_t channel = k / (c.filters / c.groups) * depth + d;
    return make_float2(dy[output * c.filters + k] * x[at_input(c, out.image, row, across, channel)],
                       0);
  }
};

struct AddToWeight {
  Sized<Conv2d> c;
  float* dw;
  __device__ void operator()(int64_t column, float2 sums) const {
    const int64_t weight = column / c.filters, k = column - weight * c.filters;
    const int64_t weights = c.kernel_height * c.kernel_width * (c.channels / c.groups);
    dw[k * weights + weight] += sums.x;
  }
};

int64_t outputs(const Sized<Conv2d>& c) { return c.batch * c.P * c.Q * c.filters; }

}  // namespace

void image_to_columns(const Conv2d& c, int64_t first, int64_t images, const float* x,
                      float* columns) {
  const int64_t width = c.kernel_height * c.kernel_width * c.channels;
  const int64_t n = images * c.out_height() * c.out_width() * width;
  launch(image_to_columns_kernel, grid_for(n), c, n, x + first * c.height * c.width * c.channels,
         columns);
}

void add_columns_to_image(const Conv2d& c, int64_t first, int64_t images, const float* columns,
                          float* dx) {
  const int64_t image = c.height * c.width * c.channels;
  launch(add_columns_to_image_kernel, grid_for(images * image), c, images * image, columns,
         dx + first * image);
}

void finish_convolution(int64_t n, int64_t filters, const float* bias, const float* residual,
                        Activation activation, float* y) {
  launch(finish_convolution_kernel, grid_for(n), n, filters, bias, residual, activation, y);
}

void grouped_convolution(const Conv2d& c, const float* x, const float* w, const float* bias,
                         const float* residual, Activation activation, float* y) {
  launch(grouped_kernel, grid_for(outputs(c)), c, outputs(c), x, w, bias, residual, activation, y);
}

void grouped_convolution_grad(const Conv2d& c, const float* x, const float* w, const float* dy,
                              float* dx, float* dw) {
  const int64_t n = c.batch * c.height * c.width * c.channels;
  if (dx != nullptr) launch(grouped_input_grad, grid_for(n), c, n, w, dy, dx);
  if (dw == nullptr) return;
  const int64_t weights = c.kernel_height * c.kernel_width * (c.channels / c.groups) * c.filters;
  column_sums(c.batch * c.out_height() * c.out_width(), weights, WeightSlope{c, x, dy},
              AddToWeight{c, dw});
}

}  // namespace p2s::cuda
