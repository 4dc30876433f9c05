#include "kernels/device.h"

#include "kernels/kernels.h"
#include "nn/base/error.h"

// The one place that says which kernel tables this build has.
namespace p2s {

extern const Kernels kRefKernels;
#ifndef P2S_REAL_DOUBLE
extern const Kernels kCpuKernels;
#endif
#ifdef P2S_CUDA
extern const Kernels kCudaKernels;
bool cuda_present();
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

bool available(Device device) {
  switch (device) {
    case Device::ref:
      return true;
#ifndef P2S_REAL_DOUBLE
    case Device::cpu:
      return true;
#endif
#ifdef P2S_CUDA
    case Device::cuda:
      return cuda_present();
#endif
    default:
      return false;
  }
}

const Kernels& kernels(Device device) {
  check(available(device), ErrorCode::device, "device {}: this build or this machine has none",
        name(device));
  switch (device) {
#ifndef P2S_REAL_DOUBLE
    case Device::cpu:
      return kCpuKernels;
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
