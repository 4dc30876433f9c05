#include "bench/machine_peak.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <map>
#include <numeric>
#include <string_view>
#include <vector>

#include "bench/peak_loops.h"
#include "kernels/cpu/dnnl_primitives.h"
#include "nn/base/parallel.h"
#include "nn/base/rng.h"
#include "nn/packed_weight.h"

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

// Rows of random numbers, the same ones in turn: zeros are multiplied faster.
Tensor random_square(int64_t size, Device device) {
  constexpr int64_t kDrawn = 64;
  Rng rng(1);
  std::vector<real> drawn(size_t(kDrawn * size));
  for (real& number : drawn) number = rng.uniform() - real(0.5);
  const Tensor rows({kDrawn, size}, device, drawn), square({size, size}, device);
  for (int64_t row = 0; row < size; row += kDrawn) square.rows(row, row + kDrawn).copy_from(rows);
  return square;
}

double product_flops(Device device, Precision precision) {
  const int64_t size = device == Device::cuda ? 8192 : 1024;
  const Tensor a = random_square(size, device), c({size, size}, device);
  const PackedWeight b(random_square(size, device), false, precision);
  const double seconds = best_seconds([&] {
    b.multiply(size, a.data(), c.data(), 0);
    finish(c.data(), device);
  });
  return 2.0 * double(size * size * size) / seconds;
}

// Operations a second of all threads together.
double loop_flops(double (*loop)(long rounds)) {
  constexpr long kRounds = 2000000;
  std::vector<double> operations(static_cast<size_t>(threads()));
  const double seconds = best_seconds([&] {
    parallel_for(threads(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) operations[size_t(i)] = loop(kRounds);
    });
  });
  return double(kRounds) * std::accumulate(operations.begin(), operations.end(), 0.0) / seconds;
}

double copied_bytes(Device device) {
  constexpr int64_t kCount = int64_t(512) << 20;
  const Tensor from({kCount}, device, 1.0f), to({kCount}, device);
  const double seconds = best_seconds([&] {
    to.copy_from(from);
    finish(to.data(), device);
  });
  return 2 * double(kCount * int64_t(sizeof(real))) / seconds;
}

double read_bytes(Device device) {
  if (device == Device::cuda) return copied_bytes(device);
  constexpr int64_t kCount = int64_t(48) << 20;
  const Tensor x({kCount}, device, 1.0f), sum({1}, device, 0.0f);
  const double seconds = best_seconds([&] {
    x.kernels().reduce(Reduce::sum, 1, kCount, 1, x.data(), sum.data(), nullptr);
    finish(sum.data(), device);
  });
  return double(kCount * int64_t(sizeof(real))) / seconds;
}

MachinePeak measure(Device device) {
  MachinePeak peak;
  peak.product_flops = product_flops(device, Precision::fp32);
  peak.bf16_flops = product_flops(device, Precision::bf16);
  peak.bytes = read_bytes(device);
  peak.fp32_flops = peak.product_flops;
  if (device == Device::cpu) {
    peak.fp32_flops = std::max(peak.fp32_flops, loop_flops(float_operations));
    peak.int8_flops = loop_flops(byte_operations);
    if (!cpu::has_bfloat16_products()) peak.bf16_flops = 0;
  }
  return peak;
}

}  // namespace

const MachinePeak& machine_peak(Device device) {
  static std::map<Device, MachinePeak> peaks;
  const auto [place, fresh] = peaks.try_emplace(device);
  if (fresh) place->second = measure(device);
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
