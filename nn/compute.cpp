#include "nn/compute.h"

#include <spdlog/spdlog.h>

#include <string_view>
#include <vector>

#include "nn/base/error.h"
#include "nn/base/parallel.h"

namespace p2s {

void add_compute_flags(CommandLine& line, ComputeOptions& options) {
  line.choice("--device", options.device, {"auto", "cpu", "cuda", "ref"}, "where to compute");
  line.threads(options.threads);
}

Device device_of(const ComputeOptions& options) {
  if (options.device == "auto") return available(Device::cuda) ? Device::cuda : Device::cpu;
  for (Device device : {Device::cpu, Device::cuda, Device::ref}) {
    if (name(device) != options.device) continue;
    kernels(device);
    return device;
  }
  fail(ErrorCode::usage, "--device: \"{}\" is none of auto, cpu, cuda, ref", options.device);
}

Precision precision_named(const std::string& text, std::initializer_list<Precision> allowed) {
  std::vector<std::string_view> names;
  for (const Precision each : allowed) {
    if (name(each) == text) return each;
    names.push_back(name(each));
  }
  fail(ErrorCode::usage, "--precision: \"{}\" is none of {}", text, fmt::join(names, ", "));
}

Device start_computing(const ComputeOptions& options) {
  set_threads(options.threads);
  const Device device = device_of(options);
  if (options.device == "auto" && device == Device::cuda) {
    spdlog::info("--device auto: computing on cuda");
  }
  return device;
}

}  // namespace p2s
