#include "kernels/device.h"

#include <string>

#ifndef P2S_REAL_DOUBLE
#include "kernels/cpu/isa.h"
#endif
#include "kernels/kernels.h"
#include "kernels/profile.h"
#include "nn/base/error.h"

// The one place that says which kernel tables this build has.
namespace p2s {

extern const Kernels kRefKernels;
#ifndef P2S_REAL_DOUBLE
extern const Kernels kCpuKernels;
#endif
#ifdef P2S_AVX512
extern const Kernels kCpuAvx512Kernels;
#endif
#ifdef P2S_CUDA
extern const Kernels kCudaKernels;
const std::string& cuda_absence();
#endif

#ifndef P2S_REAL_DOUBLE
namespace {

const Kernels& table_of_this_processor() {
  [[maybe_unused]] const cpu::Isa isa = cpu::isa();
#ifdef P2S_AVX512
  if (isa == cpu::Isa::avx512) return kCpuAvx512Kernels;
#endif
  return kCpuKernels;
}

const Kernels& cpu_kernels() {
  static const Kernels& table = profiled(table_of_this_processor());
  return table;
}

}  // namespace
#endif

std::string_view name(Device device) {
  switch (device) {
    case Device::ref:
      return "ref";
    case Device::cpu:
      return "cpu";
    case Device::cuda:
      return "cuda";
  }
  return "?";
}

std::string_view name(Precision precision) {
  switch (precision) {
    case Precision::fp32:
      return "fp32";
    case Precision::tf32:
      return "tf32";
    case Precision::bf16:
      return "bf16";
    case Precision::int8:
      return "int8";
  }
  return "?";
}

// Why there is no such device here, "" where there is.
static std::string absence(Device device) {
#ifdef P2S_REAL_DOUBLE
  return device == Device::ref ? "" : "only ref computes in double";
#else
  if (device != Device::cuda) return "";
#ifdef P2S_CUDA
  return cuda_absence();
#else
  return "cuda: this build has no kernels for GPUs, since nvcc was not found; give --device cpu";
#endif
#endif
}

bool available(Device device) { return absence(device).empty(); }

const Kernels& kernels(Device device) {
  const std::string why_not = absence(device);
  check(why_not.empty(), ErrorCode::device, "{}", why_not);
  switch (device) {
#ifndef P2S_REAL_DOUBLE
    case Device::cpu:
      return cpu_kernels();
#endif
#ifdef P2S_CUDA
    case Device::cuda:
      return kCudaKernels;
#endif
    default:
      return kRefKernels;
  }
}

}  // namespace p2s
