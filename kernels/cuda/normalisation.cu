#include "kernels/cuda/column_sums.cuh"
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/team.cuh"

// Layer norm and l2 normalisation.
namespace p2s::cuda {
namespace {

template <bool kWarpTeam>
__global__ void layer_norm_rows(int64_t rows, int64_t columns, int64_t ld, const float* x,
                                const float* gain, const float* bias, float epsilon, float* y,
                                float* mean, float* inverse_deviation) {
  using T = Team<kWarpTeam>;
  const int64_t row = T::row();
  if (row >= rows) return;
  x += row * ld, y += row * ld;
  float sum = 0, squares = 0;
  for (int64_t c = T::rank(); c < columns; c += T::size()) sum += x[c];
  const float center = T::sum(sum) / float(columns);
  for (int64_t c = T::rank(); c < columns; c += T::size()) {
    squares += (x[c] - center) * (x[c] - center);
  }
  const float inverse = 1 / sqrtf(T::sum(squares) / float(columns) + epsilon);
  for (int64_t c = T::rank(); c < columns; c += T::size()) {
    y[c] = (x[c] - center) * inverse * gain[c] + bias[c];
  }
  if (T::rank() != 0) return;
  if (mean != nullptr) mean[row] = center;
  if (inverse_deviation != nullptr) inverse_deviation[row] = inverse;
}

// With a = x - mean and g = dy * gain: dx += inverse * (g - mean(g) - a * mean(g a) * inverse^2).
// Short rows cancel to nothing, so theirs are summed as double.
template <bool kWarpTeam, class Number>
__global__ void layer_norm_grad_rows(int64_t rows, int64_t columns, int64_t ld, const float* x,
                                     const float* gain, const float* mean,
                                     const float* inverse_deviation, const float* dy, float* dx,
                                     bool accumulate) {
  using T = Team<kWarpTeam>;
  const int64_t row = T::row();
  if (row >= rows) return;
  x += row * ld, dy += row * ld, dx += row * ld;
  const Number center = mean[row], inverse = inverse_deviation[row], count = Number(columns);
  Number sum = 0, dot = 0;
  for (int64_t c = T::rank(); c < columns; c += T::size()) {
    const Number g = Number(dy[c]) * Number(gain[c]);
    sum += g;
    dot += g * (Number(x[c]) - center);
  }
  sum = T::join(sum, Sum()) / count;
  dot = T::join(dot, Sum()) * inverse * inverse / count;
  for (int64_t c = T::rank(); c < columns; c += T::size()) {
    const Number g = Number(dy[c]) * Number(gain[c]), away = Number(x[c]) - center;
    const auto slope = float(inverse * (g - sum - away * dot));
    dx[c] = accumulate ? dx[c] + slope : slope;
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
  launch(short_rows(columns) ? layer_norm_rows<true> : layer_norm_rows<false>,
         grid_for_rows(rows, columns), rows, columns, ld, x, gain, bias, epsilon, y, mean,
         inverse_deviation);
}

void layer_norm_grad(int64_t rows, int64_t columns, int64_t ld, const float* x, const float* gain,
                     const float* mean, const float* inverse_deviation, const float* dy, float* dx,
                     float* d_gain, float* d_bias, bool accumulate) {
  if (dx != nullptr) {
    constexpr int64_t kTinyRow = 64;
    const auto kernel = columns <= kTinyRow   ? layer_norm_grad_rows<true, double>
                        : short_rows(columns) ? layer_norm_grad_rows<true, float>
                                              : layer_norm_grad_rows<false, float>;
    launch(kernel, grid_for_rows(rows, columns), rows, columns, ld, x, gain, mean,
           inverse_deviation, dy, dx, accumulate);
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
