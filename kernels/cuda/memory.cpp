#include <algorithm>
#include <cstring>
#include <mutex>

#include "kernels/block_pool.h"
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/runtime.h"
#include "nn/base/error.h"

namespace p2s::cuda {
namespace {

double gigabytes(size_t bytes) { return double(bytes) * 1e-9; }

// Copies from pageable memory would wait for the stream. These go through two halves of pinned
// memory: one is filled while the other is still read.
class Staging {
 public:
  void send(void* device, const void* host, size_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto* from = static_cast<const std::byte*>(host);
    auto* to = static_cast<std::byte*>(device);
    while (bytes > 0) {
      const size_t piece = std::min(bytes, kHalf);
      std::byte* place = room_for(piece);
      std::memcpy(place, from, piece);
      check_cuda(cudaMemcpyAsync(to, place, piece, cudaMemcpyHostToDevice, stream()),
                 "copying to the GPU");
      from += piece, to += piece, bytes -= piece;
    }
  }

 private:
  static constexpr size_t kHalf = size_t(16) << 20;

  void make() {
    void* pinned = nullptr;
    check_cuda(cudaMallocHost(&pinned, 2 * kHalf), "asking for 32 MB of pinned memory");
    pinned_ = static_cast<std::byte*>(pinned);
    for (cudaEvent_t& event : read_) {
      check_cuda(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "making an event");
    }
  }

  std::byte* room_for(size_t bytes) {
    if (pinned_ == nullptr) make();
    const size_t rounded = (bytes + 63) / 64 * 64;
    if (used_ + rounded > kHalf) {
      check_cuda(cudaEventRecord(read_[half_], stream()), "marking a copy");
      half_ = 1 - half_, used_ = 0;
      check_cuda(cudaEventSynchronize(read_[half_]), "waiting for a copy");
    }
    std::byte* place = pinned_ + size_t(half_) * kHalf + used_;
    used_ += rounded;
    return place;
  }

  std::mutex mutex_;
  std::byte* pinned_ = nullptr;
  cudaEvent_t read_[2] = {};
  int half_ = 0;
  size_t used_ = 0;
};

Staging& staging() {
  static Staging made;
  return made;
}

void* device_block(size_t bytes) {
  void* pointer = nullptr;
  const cudaError_t status = cudaMallocAsync(&pointer, bytes, stream());
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();  // the next call starts clean
    return nullptr;
  }
  check_cuda(status, "asking for memory");
  return pointer;
}

// Destructors call it: an error here (the process ends, or an earlier one is on its way) is silent.
void release_device_block(void* pointer) { cudaFreeAsync(pointer, stream()); }

// Asking CUDA takes longer than a small kernel. The one stream makes it safe to hand out at once
// what was released: its next user comes later. Never destroyed, as the CPU's.
BlockPool& pool() {
  static auto* const instance = new BlockPool({device_block, release_device_block});
  return *instance;
}

}  // namespace

void* allocate(size_t bytes) {
  void* pointer = pool().take(bytes);
  if (pointer == nullptr) {
    size_t available = 0, total = 0;
    cudaMemGetInfo(&available, &total);
    fail(ErrorCode::device,
         "cuda: the GPU is full: {:.3f} GB were asked for, {:.1f} of {:.1f} GB are free; try half "
         "the batch (--batch), or --device cpu",
         gigabytes(bytes), gigabytes(available), gigabytes(total));
  }
  return pointer;
}

void release(void* pointer, size_t bytes) { pool().give(pointer, bytes); }

void give_back() { pool().give_back(); }

void from_host(void* device, const void* host, size_t bytes) {
  if (bytes > 0) staging().send(device, host, bytes);
}

void to_host(void* host, const void* device, size_t bytes) {
  if (bytes == 0) return;
  check_cuda(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream()),
             "copying from the GPU");
  check_cuda(cudaStreamSynchronize(stream()), "computing");
}

void copy(void* to, const void* from, size_t bytes) {
  if (bytes == 0) return;
  check_cuda(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream()),
             "copying on the GPU");
}

}  // namespace p2s::cuda
