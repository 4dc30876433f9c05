#pragma once

#include "kernels/cuda/launch.cuh"

// out[i] = f(in[i]...) for n elements, four at a time where the pointers allow it; `out` may be one
// of the inputs.
namespace p2s::cuda {

template <class F, class... In>
__global__ void map_ones(int64_t n, F f, float* out, const In*... in) {
  for (int64_t i = thread_index(); i < n; i += thread_count()) out[i] = f(in[i]...);
}

template <class F, class... Four>
__device__ float4 each_of_four(const F& f, const Four&... x) {
  return make_float4(f(x.x...), f(x.y...), f(x.z...), f(x.w...));
}

template <class F, class... In>
__global__ void map_fours(int64_t n, F f, float* out, const In*... in) {
  const int64_t fours = n / 4;
  for (int64_t i = thread_index(); i < fours; i += thread_count()) {
    reinterpret_cast<float4*>(out)[i] = each_of_four(f, reinterpret_cast<const float4*>(in)[i]...);
  }
  const int64_t rest = fours * 4 + thread_index();
  if (rest < n) out[rest] = f(in[rest]...);
}

__host__ __device__ inline bool fits_four(const float* pointer) {
  return reinterpret_cast<uintptr_t>(pointer) % sizeof(float4) == 0;
}

template <class F, class... In>
void map(int64_t n, const F& f, float* out, const In*... in) {
  if (fits_four(out) && (fits_four(in) && ...)) {
    launch(map_fours<F, In...>, grid_for((n + 3) / 4), n, f, out, in...);
  } else {
    launch(map_ones<F, In...>, grid_for(n), n, f, out, in...);
  }
}

}  // namespace p2s::cuda
