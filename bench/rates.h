#pragma once

#include <benchmark/benchmark.h>

#include "bench/machine_peak.h"

// The columns beside Google Benchmark's own: a rate, and its share of the machine's peak.
namespace p2s::bench {

class Stopwatch {
 public:
  double seconds() const { return now_seconds() - start_; }

 private:
  double start_ = now_seconds();
};

inline void choose_clock(benchmark::internal::Benchmark* registered) {
  if (!processor_clock()) registered->UseRealTime();
}

inline void report_flops(benchmark::State& state, double flops, double seconds, Device device,
                         Precision precision) {
  const MachinePeak& peak = machine_peak(device);
  const bool rounded = precision == Precision::bf16 && peak.bf16_flops > 0;
  const double most = rounded ? peak.bf16_flops : peak.fp32_flops;
  state.counters["GFLOP/s"] = flops / seconds * 1e-9;
  state.counters["% of peak"] = 100 * flops / seconds / most;
}

inline void report_bytes(benchmark::State& state, double bytes, double seconds, Device device) {
  state.counters["GB/s"] = bytes / seconds * 1e-9;
  state.counters["% of peak"] = 100 * bytes / seconds / machine_peak(device).bytes;
}

}  // namespace p2s::bench
