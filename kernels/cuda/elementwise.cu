#include "kernels/cuda/column_sums.cuh"
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/map.cuh"
#include "kernels/functors.h"

namespace p2s::cuda {
namespace {

struct Constant {
  float value;
  __device__ float operator()() const { return value; }
};

template <Unary op>
struct Value {
  __device__ float operator()(float x) const { return functor::value<op>(x); }
};

template <Unary op>
struct Slope {
  __device__ float operator()(float x, float y, float dy) const {
    return functor::derivative<op>(x, y) * dy;
  }
};

template <Unary op>
struct AddSlope {
  __device__ float operator()(float x, float y, float dy, float dx) const {
    return dx + functor::derivative<op>(x, y) * dy;
  }
};

__device__ float apply(Binary op, float a, float b) {
  switch (op) {
    case Binary::add:
      return a + b;
    case Binary::subtract:
      return a - b;
    case Binary::multiply:
      return a * b;
    default:
      return a / b;
  }
}

struct Apply {
  Binary op;
  __device__ float operator()(float a, float b) const { return apply(op, a, b); }
};

__global__ void apply_repeated(Binary op, int64_t n, int64_t period, const float* a, const float* b,
                               float* c) {
  for (int64_t i = thread_index(); i < n; i += thread_count()) {
    c[i] = apply(op, a[i], b[remainder_of(i, period)]);
  }
}

// The slopes of a op b; sums and differences have them without operands, which may then be null.
struct Slopes {
  Binary op;
  const float* a;
  const float* b;
  __device__ float to_a(int64_t, int64_t j) const {
    if (op == Binary::multiply) return b[j];
    return op == Binary::divide ? 1 / b[j] : 1;
  }
  __device__ float to_b(int64_t i, int64_t j) const {
    if (op == Binary::multiply) return a[i];
    if (op == Binary::divide) return -a[i] / (b[j] * b[j]);
    return op == Binary::subtract ? -1 : 1;
  }
};

__global__ void add_slope_to_a(Slopes slopes, int64_t n, int64_t period, const float* dc,
                               float* da) {
  for (int64_t i = thread_index(); i < n; i += thread_count()) {
    da[i] += slopes.to_a(i, remainder_of(i, period)) * dc[i];
  }
}

// Same shape: every number of b has one of a.
__global__ void add_slope_to_b(Slopes slopes, int64_t n, const float* dc, float* db) {
  for (int64_t i = thread_index(); i < n; i += thread_count()) {
    db[i] += slopes.to_b(i, i) * dc[i];
  }
}

// What row `row` of c [n / period, period] adds to b.
struct SlopeToB {
  Slopes slopes;
  const float* dc;
  int64_t n, period;
  __device__ float2 operator()(int64_t row, int64_t column) const {
    const int64_t i = row * period + column;
    return make_float2(i < n ? slopes.to_b(i, column) * dc[i] : 0, 0);
  }
};

struct Affine {
  float scale, shift;
  __device__ float operator()(float x) const { return scale * x + shift; }
};

struct AddScaled {
  float scale;
  __device__ float operator()(float x, float y) const { return y + scale * x; }
};

}  // namespace

void fill(int64_t n, float value, float* y) { map(n, Constant{value}, y); }

void unary(Unary op, int64_t n, const float* x, float* y) {
  functor::dispatch(op, [&](auto kind) { map(n, Value<kind()>{}, y, x); });
}

void unary_grad(Unary op, int64_t n, const float* x, const float* y, const float* dy, float* dx,
                bool accumulate) {
  if (dx == nullptr) return;
  functor::dispatch(op, [&](auto kind) {
    if (accumulate) {
      map(n, AddSlope<kind()>{}, dx, x, y, dy, static_cast<const float*>(dx));
    } else {
      map(n, Slope<kind()>{}, dx, x, y, dy);
    }
  });
}

void binary(Binary op, int64_t n, int64_t period, const float* a, const float* b, float* c) {
  if (period == n) return map(n, Apply{op}, c, a, b);
  launch(apply_repeated, grid_for(n), op, n, period, a, b, c);
}

void binary_grad(Binary op, int64_t n, int64_t period, const float* a, const float* b,
                 const float* dc, float* da, float* db) {
  if (n == 0 || period == 0) return;
  const Slopes slopes{op, a, b};
  if (da != nullptr) launch(add_slope_to_a, grid_for(n), slopes, n, period, dc, da);
  if (db == nullptr) return;
  if (period == n) {
    launch(add_slope_to_b, grid_for(n), slopes, n, dc, db);
  } else {
    column_sums((n + period - 1) / period, period, SlopeToB{slopes, dc, n, period},
                AddToVectors{db, nullptr});
  }
}

void affine(int64_t n, float scale, const float* x, float shift, float* y) {
  map(n, Affine{scale, shift}, y, x);
}

void axpy(int64_t n, float scale, const float* x, float* y) {
  map(n, AddScaled{scale}, y, x, static_cast<const float*>(y));
}

}  // namespace p2s::cuda
