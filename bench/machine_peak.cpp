#include "bench/machine_peak.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <map>
#include <string_view>

#include "nn/tensor.h"

namespace p2s::bench {
namespace {

template <class Work>
double best_seconds(Work&& work) {
  work();
  double best = 1e30;
  for (int i = 0; i < 12; ++i) {
    const double start = now_seconds();
    work();
    best = std::min(best, now_seconds() - start);
  }
  return best;
}

double product_flops(Device device, Precision precision) {
  constexpr int64_t kSize = 1024;
  const Tensor a({kSize, kSize}, device, 0.5f), b({kSize, kSize}, device, 0.25f),
      c({kSize, kSize}, device, 0.0f);
  const double seconds = best_seconds([&] {
    a.kernels().gemm({.m = kSize,
                      .n = kSize,
                      .k = kSize,
                      .a = a.data(),
                      .lda = kSize,
                      .b = b.data(),
                      .ldb = kSize,
                      .c = c.data(),
                      .ldc = kSize,
                      .precision = precision});
    finish(c.data(), device);
  });
  return 2.0 * double(kSize * kSize * kSize) / seconds;
}

double read_bytes(Device device) {
  constexpr int64_t kCount = int64_t(48) << 20;
  const Tensor x({kCount}, device, 1.0f), sum({1}, device, 0.0f);
  const double seconds = best_seconds([&] {
    x.kernels().reduce(Reduce::sum, 1, kCount, 1, x.data(), sum.data(), nullptr);
    finish(sum.data(), device);
  });
  return double(kCount * int64_t(sizeof(real))) / seconds;
}

}  // namespace

const MachinePeak& machine_peak(Device device) {
  static std::map<Device, MachinePeak> peaks;
  const auto [place, fresh] = peaks.try_emplace(device);
  if (fresh) {
    place->second = {product_flops(device, Precision::fp32), product_flops(device, Precision::bf16),
                     read_bytes(device)};
  }
  return place->second;
}

bool processor_clock() {
  static const bool wanted = [] {
    const char* clock = std::getenv("P2S_BENCH_CLOCK");
    return clock != nullptr && std::string_view(clock) == "cpu";
  }();
  return wanted;
}

double now_seconds() {
  timespec time{};
  clock_gettime(processor_clock() ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

void finish(const float* result, Device device) {
  float value = 0;
  kernels(device).to_host(&value, result, sizeof(value));
}

}  // namespace p2s::bench
