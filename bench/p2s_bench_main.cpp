#include <benchmark/benchmark.h>

#include <cstdio>
#include <string_view>
#include <vector>

#include "bench/machine_peak.h"
#include "bench/op_benchmarks.h"
#include "nn/base/parallel.h"

int main(int argc, char** argv) {
  using namespace p2s;
  // A fifth of the library's own minimum: the list is long.
  static char brief[] = "--benchmark_min_time=0.1";
  std::vector<char*> arguments(argv, argv + argc);
  arguments.insert(arguments.begin() + 1, brief);
  int count = int(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  for (Device device : {Device::ref, Device::cpu, Device::cuda}) {
    if (!available(device)) continue;
    bench::add_op_benchmarks(device);
    if (device == Device::ref) continue;
    bench::add_training_step_benchmarks(device);
    const bench::MachinePeak& peak = bench::machine_peak(device);
    std::fprintf(stderr, "%s: peak %.0f GFLOP/s in fp32, %.0f in bf16, %.1f GB/s; %d threads\n",
                 std::string(name(device)).c_str(), peak.fp32_flops * 1e-9, peak.bf16_flops * 1e-9,
                 peak.bytes * 1e-9, threads());
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
