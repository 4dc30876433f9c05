#pragma once

#include "kernels/cuda/map.cuh"
#include "kernels/cuda/team.cuh"

// How a team reads and writes a row of floats: number by number, by fours where all that it touches
// is aligned, or, where it is short too, by fours that stay in registers, so that memory is read
// once.
namespace p2s::cuda {

enum class Access { ones, fours, kept };

template <class V>
__device__ V load(const float* x, int64_t c) {
  return *reinterpret_cast<const V*>(x + c);
}

template <class F, class... X>
__device__ float apply_to_all(const F& f, X... x) {
  return f(x...);
}
template <class F, class... X>
__device__ float4 apply_to_all(const F& f, float4 first, X... x) {
  return each_of_four(f, first, x...);
}

template <class Number, class F, class... X>
__device__ Number sum_of_all(const F& f, X... x) {
  return f(x...);
}
template <class Number, class F, class... X>
__device__ Number sum_of_all(const F& f, float4 first, X... x) {
  return (f(first.x, x.x...) + f(first.y, x.y...)) + (f(first.z, x.z...) + f(first.w, x.w...));
}

// This thread's share of a row of the team.
template <class T, Access kAccess>
class Row {
 public:
  __device__ Row(const float* x, int64_t columns) : x_(x), columns_(columns) {
    if constexpr (kAccess == Access::kept) {
#pragma unroll
      for (int i = 0; i < kKept; ++i) {
        if (place(i) < columns) kept_[i] = load<float4>(x, place(i));
      }
    }
  }

  // g(column, numbers): a float, or the float4 from that column on.
  template <class G>
  __device__ void each(const G& g) const {
    if constexpr (kAccess == Access::kept) {
#pragma unroll
      for (int i = 0; i < kKept; ++i) {
        if (place(i) < columns_) g(place(i), kept_[i]);
      }
    } else {
      using V = std::conditional_t<kAccess == Access::fours, float4, float>;
      constexpr int64_t kWidth = sizeof(V) / sizeof(float);
      for (int64_t c = T::rank() * kWidth; c < columns_; c += T::size() * kWidth) {
        g(c, load<V>(x_, c));
      }
    }
  }

  // The sum of f(x[c], more[c]...) over this thread's columns.
  template <class Number = float, class F, class... More>
  __device__ Number sum(const F& f, const More*... more) const {
    Number total = 0;
    each([&]([[maybe_unused]] int64_t c, auto x) {
      total += sum_of_all<Number>(f, x, load<decltype(x)>(more, c)...);
    });
    return total;
  }

  // y[c] = f(x[c], more[c]...); y may be x or one of `more`.
  template <class F, class... More>
  __device__ void write(float* y, const F& f, const More*... more) const {
    each([&]([[maybe_unused]] int64_t c, auto x) {
      *reinterpret_cast<decltype(x)*>(y + c) = apply_to_all(f, x, load<decltype(x)>(more, c)...);
    });
  }

 private:
  // A warp keeps 1024 numbers, a block 4096.
  static constexpr int kKept = T::kWarpTeam ? 8 : 4;
  __device__ static int64_t place(int i) { return 4 * (T::rank() + i * T::size()); }

  const float* x_;
  int64_t columns_;
  float4 kept_[kKept];  // nothing where the row is not kept
};

template <bool kWarpTeam, Access kAccess>
struct RowsBy {
  using T = Team<kWarpTeam>;
  using R = Row<T, kAccess>;
};

// start(RowsBy<...>()) with what suits rows of so many columns; `pointers` are where the rows
// begin, null for none, all of them `ld` numbers apart.
template <class Start, class... Pointer>
void for_rows(int64_t columns, int64_t ld, const Start& start, const Pointer*... pointers) {
  constexpr int64_t kKeptByBlock = 4096;
  const bool aligned = columns % 4 == 0 && ld % 4 == 0 && (fits_four(pointers) && ...);
  if (short_rows(columns)) {
    return aligned ? start(RowsBy<true, Access::kept>()) : start(RowsBy<true, Access::ones>());
  }
  if (!aligned) return start(RowsBy<false, Access::ones>());
  return columns <= kKeptByBlock ? start(RowsBy<false, Access::kept>())
                                 : start(RowsBy<false, Access::fours>());
}

}  // namespace p2s::cuda
