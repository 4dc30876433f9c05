#include <algorithm>

#include "kernels/cuda/convolution.h"
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/runtime.h"

// Convolutions without groups are matrix products: of the image itself where the kernel is 1 x 1,
// else of its columns, a few images at a time (Chellapilla et al. 2006). Others have kernels of
// their own.
namespace p2s::cuda {
namespace {

// The columns of so many images are held at once.
constexpr size_t kColumnBytes = size_t(256) << 20;

bool is_product(const Conv2d& c) {
  return c.kernel_height == 1 && c.kernel_width == 1 && c.stride == 1 && c.pad_top == 0 &&
         c.pad_bottom == 0 && c.pad_left == 0 && c.pad_right == 0;
}

int64_t weights_of(const Conv2d& c) { return c.kernel_height * c.kernel_width * c.channels; }
int64_t outputs_of_image(const Conv2d& c) { return c.out_height() * c.out_width(); }

// Calls f(first, images) for blocks of images whose columns fit.
template <class F>
void for_blocks(const Conv2d& c, F&& f) {
  const size_t of_one = size_t(outputs_of_image(c) * weights_of(c)) * sizeof(float);
  const int64_t block =
      is_product(c) ? c.batch
                    : std::clamp<int64_t>(int64_t(kColumnBytes / std::max<size_t>(of_one, 1)), 1,
                                          std::max<int64_t>(c.batch, 1));
  const Scratch columns(is_product(c) ? 0 : size_t(block) * of_one);
  for (int64_t first = 0; first < c.batch; first += block) {
    f(first, std::min(block, c.batch - first), columns.as<float>());
  }
}

}  // namespace

void conv2d(const Conv2d& c, const float* x, const float* w, const float* bias,
            const float* residual, Activation activation, float* y) {
  if (c.groups != 1) return grouped_convolution(c, x, w, bias, residual, activation, y);
  const int64_t depth = weights_of(c), outputs = outputs_of_image(c);
  for_blocks(c, [&](int64_t first, int64_t images, float* columns) {
    if (!is_product(c)) image_to_columns(c, first, images, x, columns);
    gemm({.transpose_b = true,
          .m = images * outputs,
          .n = c.filters,
          .k = depth,
          .a = is_product(c) ? x : columns,
          .lda = depth,
          .b = w,
          .ldb = depth,
          .c = y + first * outputs * c.filters,
          .ldc = c.filters});
  });
  if (bias == nullptr && residual == nullptr && activation == Activation::none) return;
  finish_convolution(c.batch * outputs * c.filters, c.filters, bias, residual, activation, y);
}

void conv2d_grad(const Conv2d& c, const float* x, const float* w, const float* dy, float* dx,
                 bool accumulate_dx, float* dw, bool accumulate_dw) {
  if (dx != nullptr && !accumulate_dx) fill(c.batch * c.height * c.width * c.channels, 0, dx);
  if (dw != nullptr && !accumulate_dw) fill(weights_of(c) / c.groups * c.filters, 0, dw);
  if (c.groups != 1) return grouped_convolution_grad(c, x, w, dy, dx, dw);
  const int64_t depth = weights_of(c), outputs = outputs_of_image(c);
  for_blocks(c, [&](int64_t first, int64_t images, float* columns) {
    const float* slope = dy + first * outputs * c.filters;
    if (dw != nullptr) {
      if (!is_product(c)) image_to_columns(c, first, images, x, columns);
      gemm({.transpose_a = true,
            .m = c.filters,
            .n = depth,
            .k = images * outputs,
            .a = slope,
            .lda = c.filters,
            .b = is_product(c) ? x : columns,
            .ldb = depth,
            .c = dw,
            .ldc = depth,
            .beta = 1});
    }
    if (dx == nullptr) return;
    gemm({.m = images * outputs,
          .n = depth,
          .k = c.filters,
          .a = slope,
          .lda = c.filters,
          .b = w,
          .ldb = depth,
          .c = is_product(c) ? dx : columns,
          .ldc = depth,
          .beta = is_product(c) ? 1.0f : 0.0f});
    if (!is_product(c)) add_columns_to_image(c, first, images, columns, dx);
  });
}

}  // namespace p2s::cuda
