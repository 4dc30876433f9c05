#include "kernels/cuda/column_sums.cuh"
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/row.cuh"

// Layer norm and l2 normalisation.
namespace p2s::cuda {
namespace {

template <class By>
__global__ void layer_norm_rows(int64_t rows, int64_t columns, int64_t ld, const float* x,
                                const float* gain, const float* bias, float epsilon, float* y,
                                float* mean, float* inverse_deviation) {
  using T = typename By::T;
  const int64_t row = T::row();
  if (row >= rows) return;
  const typename By::R mine(x + row * ld, columns);
  const float center = T::sum(mine.sum([](float v) { return v; })) / float(columns);
  const auto square = [=](float v) { return (v - center) * (v - center); };
  const float inverse = 1 / sqrtf(T::sum(mine.sum(square)) / float(columns) + epsilon);
  const auto normal = [=](float v, float g, float b) { return (v - center) * inverse * g + b; };
  mine.write(y + row * ld, normal, gain, bias);
  if (T::rank() != 0) return;
  if (mean != nullptr) mean[row] = center;
  if (inverse_deviation != nullptr) inverse_deviation[row] = inverse;
}

// With a = x - mean and g = dy * gain: dx += inverse * (g - mean(g) - a * mean(g a) * inverse^2).
// Short rows cancel to nothing, so theirs are summed as double.
template <class By, class Number>
__global__ void layer_norm_grad_rows(int64_t rows, int64_t columns, int64_t ld, const float* x,
                                     const float* gain, const float* mean,
                                     const float* inverse_deviation, const float* dy, float* dx,
                                     bool accumulate) {
  using T = typename By::T;
  const int64_t row = T::row();
  if (row >= rows) return;
  x += row * ld, dx += row * ld;
  const Number center = mean[row], inverse = inverse_deviation[row], count = Number(columns);
  const typename By::R mine(dy + row * ld, columns);
  const auto scaled = [](float d, float g) { return Number(d) * Number(g); };
  Number sum = mine.template sum<Number>(scaled, gain);
  Number dot = mine.template sum<Number>(
      [=](float d, float g, float v) { return scaled(d, g) * (Number(v) - center); }, gain, x);
  sum = T::join(sum, Sum()) / count;
  dot = T::join(dot, Sum()) * inverse * inverse / count;
  const auto slope = [=](float d, float g, float v) {
    return float(inverse * (scaled(d, g) - sum - (Number(v) - center) * dot));
  };
  if (accumulate) {
    mine.write(
        dx, [=](float d, float g, float v, float old) { return old + slope(d, g, v); }, gain, x,
        dx);
  } else {
    mine.write(dx, slope, gain, x);
  }
}

// What an element adds to the gradients of gain and bias.
struct GainAndBias {
  const float *x, *mean, *inverse_deviation, *dy;
  int64_t ld;
  __device__ float2 operator()(int64_t row, int64_t column) const {
    const float g = dy[row * ld + column];
    return make_float2(g * ((x[row * ld + column] - mean[row]) * inverse_deviation[row]), g);
  }
};

template <bool kWarpTeam>
__global__ void l2_normalize_rows(int64_t rows, int64_t columns, float epsilon, const float* x,
                                  float* y, float* norms) {
  using T = Team<kWarpTeam>;
  const int64_t row = T::row();
  if (row >= rows) return;
  x += row * columns, y += row * columns;
  float squares = 0;
  for (int64_t c = T::rank(); c < columns; c += T::size()) squares += x[c] * x[c];
  const float norm = sqrtf(T::sum(squares)), divisor = norm < epsilon ? epsilon : norm;
  for (int64_t c = T::rank(); c < columns; c += T::size()) y[c] = x[c] / divisor;
  if (T::rank() == 0 && norms != nullptr) norms[row] = norm;
}

template <bool kWarpTeam>
__global__ void l2_normalize_grad_rows(int64_t rows, int64_t columns, float epsilon, const float* y,
                                       const float* norms, const float* dy, float* dx) {
  using T = Team<kWarpTeam>;
  const int64_t row = T::row();
  if (row >= rows) return;
  y += row * columns, dy += row * columns, dx += row * columns;
  float dot = 0;
  for (int64_t c = T::rank(); c < columns; c += T::size()) dot += y[c] * dy[c];
  dot = T::sum(dot);
  // Below epsilon the divisor is a constant.
  const bool small = norms[row] <= epsilon;
  const float divisor = small ? epsilon : norms[row];
  for (int64_t c = T::rank(); c < columns; c += T::size()) {
    dx[c] += (dy[c] - (small ? 0 : y[c] * dot)) / divisor;
  }
}

}  // namespace

void layer_norm(int64_t rows, int64_t columns, int64_t ld, const float* x, const float* gain,
                const float* bias, float epsilon, float* y, float* mean, float* inverse_deviation) {
  const auto start = [&](auto by) {
    launch(layer_norm_rows<decltype(by)>, grid_for_rows(rows, columns), rows, columns, ld, x, gain,
           bias, epsilon, y, mean, inverse_deviation);
  };
  for_rows(columns, ld, start, x, gain, bias, y);
}

void layer_norm_grad(int64_t rows, int64_t columns, int64_t ld, const float* x, const float* gain,
                     const float* mean, const float* inverse_deviation, const float* dy, float* dx,
                     float* d_gain, float* d_bias, bool accumulate) {
  if (dx != nullptr) {
    const auto start = [&](auto by) {
      using By = decltype(by);
      constexpr int64_t kTinyRow = 64;
      auto kernel = layer_norm_grad_rows<By, float>;
      if constexpr (By::T::kWarpTeam) {
        if (columns <= kTinyRow) kernel = layer_norm_grad_rows<By, double>;
      }
      launch(kernel, grid_for_rows(rows, columns), rows, columns, ld, x, gain, mean,
             inverse_deviation, dy, dx, accumulate);
    };
    for_rows(columns, ld, start, x, gain, dy, dx);
  }
  if (d_gain != nullptr || d_bias != nullptr) {
    column_sums(rows, columns, GainAndBias{x, mean, inverse_deviation, dy, ld},
                AddToVectors{d_gain, d_bias});
  }
}

void l2_normalize(int64_t rows, int64_t columns, float epsilon, const float* x, float* y,
                  float* norms) {
  launch(short_rows(columns) ? l2_normalize_rows<true> : l2_normalize_rows<false>,
         grid_for_rows(rows, columns), rows, columns, epsilon, x, y, norms);
}

void l2_normalize_grad(int64_t rows, int64_t columns, float epsilon, const float* y,
                       const float* norms, const float* dy, float* dx) {
  if (dx == nullptr) return;
  launch(short_rows(columns) ? l2_normalize_grad_rows<true> : l2_normalize_grad_rows<false>,
         grid_for_rows(rows, columns), rows, columns, epsilon, y, norms, dy, dx);
}

}  // namespace p2s::cuda
