#pragma once

#include "kernels/cuda/launch.cuh"
#include "kernels/functors.h"

// The gates of one hidden unit of one row, for a step alone and for whole sequences.
namespace p2s::cuda {

__device__ inline bool ended(const int32_t* lengths, int64_t row, int64_t step) {
  return lengths != nullptr && step >= lengths[row];
}

// The kGates numbers of a unit, `hidden` apart.
template <int kGates>
struct Gates {
  float at[kGates] = {};

  Gates() = default;
  __device__ Gates(const float* unit, int64_t hidden) {
    for (int g = 0; g < kGates; ++g) at[g] = unit[g * hidden];
  }
  __device__ void write(float* unit, int64_t hidden) const {
    for (int g = 0; g < kGates; ++g) unit[g * hidden] = at[g];
  }
};

// h from x W + b, h_prev U and h_prev; `gates` gets r, u, c.
__device__ inline float gru_cell(const Gates<3>& x, const Gates<3>& product, float h_prev,
                                 Gates<3>& gates) {
  const float r = functor::sigmoid(x.at[0] + product.at[0]);
  const float u = functor::sigmoid(x.at[1] + product.at[1]);
  const float c = functor::tanh(x.at[2] + r * product.at[2]);
  gates.at[0] = r, gates.at[1] = u, gates.at[2] = c;
  return u * h_prev + (1 - u) * c;
}

struct GruCellGrad {
  Gates<3> into_x, into_product;
  float dh_prev = 0;  // through u
};
__device__ inline GruCellGrad gru_cell_grad(const Gates<3>& gates, float product_c, float h_prev,
                                            float dh) {
  const float r = gates.at[0], u = gates.at[1], c = gates.at[2];
  const float into_c = dh * (1 - u) * (1 - c * c);
  GruCellGrad d;
  d.into_x.at[0] = d.into_product.at[0] = into_c * product_c * r * (1 - r);
  d.into_x.at[1] = d.into_product.at[1] = dh * (h_prev - c) * u * (1 - u);
  d.into_x.at[2] = into_c, d.into_product.at[2] = into_c * r;
  d.dh_prev = dh * u;
  return d;
}

// h and c from the sums of the four gates and c_prev; `gates` gets i, f, o, g.
struct LstmState {
  float h, c;
};
__device__ inline LstmState lstm_cell(const Gates<4>& sums, float c_prev, Gates<4>& gates) {
  const float i = functor::sigmoid(sums.at[0]), f = functor::sigmoid(sums.at[1]);
  const float o = functor::sigmoid(sums.at[2]), g = functor::tanh(sums.at[3]);
  gates.at[0] = i, gates.at[1] = f, gates.at[2] = o, gates.at[3] = g;
  const float c = f * c_prev + i * g;
  return {o * functor::tanh(c), c};
}

struct LstmCellGrad {
  Gates<4> into;
  float dc_prev = 0;
};
__device__ inline LstmCellGrad lstm_cell_grad(const Gates<4>& gates, float c_prev, float c,
                                              float dh, float dc_after) {
  const float i = gates.at[0], f = gates.at[1], o = gates.at[2], g = gates.at[3];
  const float tanh_c = functor::tanh(c);
  const float dc = dc_after + dh * o * (1 - tanh_c * tanh_c);
  LstmCellGrad d;
  d.into.at[0] = dc * g * i * (1 - i);
  d.into.at[1] = dc * c_prev * f * (1 - f);
  d.into.at[2] = dh * tanh_c * o * (1 - o);
  d.into.at[3] = dc * i * (1 - g * g);
  d.dc_prev = dc * f;
  return d;
}

}  // namespace p2s::cuda
