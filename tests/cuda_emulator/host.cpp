#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

#include "kernels/cuda/cublas_product.h"
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/runtime.h"
#include "kernels/kernels.h"
#include "nn/base/error.h"

// What stands in for kernels/cuda/{runtime,memory,cublas_product}.cpp under the emulator. Memory is
// filled with NaN, so that reading what nothing wrote is seen, and has guards on both sides, so
// that writing past an end is.
namespace p2s {

const std::string& cuda_absence() { return cuda::absence(); }

namespace cuda {
namespace {

constexpr size_t kGuard = 256;
constexpr unsigned char kPattern = 0xFF;  // as floats: NaN

bool untouched(const unsigned char* guard, size_t bytes) {
  return std::all_of(guard, guard + bytes, [](unsigned char c) { return c == kPattern; });
}

float number_at(const void* numbers, int64_t place, Precision precision) {
  if (precision == Precision::bf16) {
    return std::bit_cast<float>(uint32_t(static_cast<const uint16_t*>(numbers)[place]) << 16);
  }
  const float value = static_cast<const float*>(numbers)[place];
  if (precision != Precision::tf32) return value;
  return std::bit_cast<float>((std::bit_cast<uint32_t>(value) + 0x1000u) & ~0x1FFFu);
}

}  // namespace

const std::string& absence() {
  static const std::string none;
  return none;
}

void check_cuda(cudaError_t status, const char* what) {
  check(status == cudaSuccess, ErrorCode::device, "emulator: {} failed", what);
}

cudaStream_t stream() { return nullptr; }

// Small enough that sequences are dealt to several groups of blocks.
const Chip& chip() {
  static const Chip made{7, size_t(96) << 10};
  return made;
}

Scratch::Scratch(size_t bytes) : bytes_(bytes), data_(bytes > 0 ? allocate(bytes) : nullptr) {}
Scratch::~Scratch() {
  if (data_ != nullptr) release(data_, bytes_);
}

void* allocate(size_t bytes) {
  const size_t all = (bytes + 63) / 64 * 64 + 2 * kGuard;
  auto* block = static_cast<unsigned char*>(std::aligned_alloc(64, all));
  std::memset(block, kPattern, all);
  return block + kGuard;
}

void release(void* pointer, size_t bytes) {
  if (pointer == nullptr) return;
  auto* data = static_cast<unsigned char*>(pointer);
  if (!untouched(data - kGuard, kGuard) || !untouched(data + bytes, kGuard)) {
    std::fprintf(stderr, "emulator: something wrote past the %zu bytes of a block\n", bytes);
    std::abort();
  }
  std::free(data - kGuard);
}

void give_back() {}

void copy(void* to, const void* from, size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}
void from_host(void* device, const void* host, size_t bytes) { copy(device, host, bytes); }
void to_host(void* host, const void* device, size_t bytes) { copy(host, device, bytes); }

void cublas_product(const Gemm& g, const void* a, const void* b) {
  check(
      g.lda >= (g.transpose_a ? g.m : g.k) && g.ldb >= (g.transpose_b ? g.k : g.n) && g.ldc >= g.n,
      ErrorCode::internal, "emulator: a row is shorter than its matrix");
  for (int64_t i = 0; i < g.batch * g.m * g.n; ++i) {
    const int64_t image = i / g.n / g.m, row = i / g.n % g.m, column = i % g.n;
    double sum = 0;
    for (int64_t l = 0; l < g.k; ++l) {
      const int64_t at_a = g.transpose_a ? l * g.lda + row : row * g.lda + l;
      const int64_t at_b = g.transpose_b ? column * g.ldb + l : l * g.ldb + column;
      sum += double(number_at(a, image * g.stride_a + at_a, g.precision)) *
             double(number_at(b, image * g.stride_b + at_b, g.precision));
    }
    float& y = g.c[image * g.stride_c + row * g.ldc + column];
    y = float(sum + (g.beta == 0 ? 0.0 : double(g.beta) * double(y)) +
              (g.bias != nullptr ? double(g.bias[column]) : 0.0));
  }
}

}  // namespace cuda
}  // namespace p2s
