#include "kernels/cuda/runtime.h"

#include "kernels/cuda/cuda.h"
#include "nn/base/error.h"

namespace p2s {

// kernels/device.cpp asks for it.
const std::string& cuda_absence() { return cuda::absence(); }

namespace cuda {
namespace {

// bfloat16 products and stream-ordered memory came with compute capability 8.0.
constexpr int kNeededCapability = 80;

std::string find_absence() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaErrorInsufficientDriver) {
    int driver = 0;
    cudaDriverGetVersion(&driver);
    if (driver == 0) return "cuda: this machine has no NVIDIA driver; give --device cpu";
    return fmt::format(
        "cuda: the driver knows CUDA {}.{}, this build needs {}.{}; update the driver or give "
        "--device cpu",
        driver / 1000, driver % 1000 / 10, CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10);
  }
  if (status == cudaErrorNoDevice || (status == cudaSuccess && count == 0)) {
    return "cuda: this machine has no NVIDIA GPU; give --device cpu";
  }
  if (status != cudaSuccess) {
    return fmt::format("cuda: the GPU cannot be used: {}; give --device cpu",
                       cudaGetErrorString(status));
  }
  cudaDeviceProp properties{};
  check_cuda(cudaGetDeviceProperties(&properties, 0), "reading the GPU's properties");
  if (properties.major * 10 + properties.minor < kNeededCapability) {
    return fmt::format(
        "cuda: {} has compute capability {}.{}, 8.0 (Ampere) is needed; give --device cpu",
        properties.name, properties.major, properties.minor);
  }
  return "";
}

cudaStream_t make_stream() {
  check(absence().empty(), ErrorCode::device, "{}", absence());
  check_cuda(cudaSetDevice(0), "choosing the GPU");
  // Memory that was given back stays with the process.
  cudaMemPool_t pool{};
  check_cuda(cudaDeviceGetDefaultMemPool(&pool, 0), "asking for the memory pool");
  uint64_t keep = ~uint64_t(0);
  check_cuda(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &keep),
             "setting up the memory pool");
  cudaStream_t made{};
  check_cuda(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking), "making a stream");
  return made;
}

}  // namespace

const std::string& absence() {
  static const std::string reason = find_absence();
  return reason;
}

void check_cuda(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  fail(ErrorCode::device, "cuda: {} failed: {} ({}); --device cpu runs without a GPU", what,
       cudaGetErrorString(status), cudaGetErrorName(status));
}

cudaStream_t stream() {
  static const cudaStream_t made = make_stream();
  return made;
}

const Chip& chip() {
  static const Chip found = [] {
    const auto ask = [](cudaDeviceAttr attribute) {
      int value = 0;
      check_cuda(cudaDeviceGetAttribute(&value, attribute, 0), "reading the GPU's properties");
      return value;
    };
    return Chip{ask(cudaDevAttrMultiProcessorCount),
                size_t(ask(cudaDevAttrMaxSharedMemoryPerBlockOptin))};
  }();
  return found;
}

Scratch::Scratch(size_t bytes) : bytes_(bytes), data_(bytes > 0 ? allocate(bytes) : nullptr) {}

Scratch::~Scratch() {
  if (data_ != nullptr) release(data_, bytes_);
}

}  // namespace cuda
}  // namespace p2s
