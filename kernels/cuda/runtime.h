#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <string>

// What every file of the GPU table stands on: one device, one stream, checked calls, scratch
// memory. All work of the process is queued on the one stream in program order, so memory that is
// released may be handed out again at once: its next user comes later on the stream.
namespace p2s::cuda {

// Why this machine cannot run the GPU table, in one line with the remedy; "" where it can.
const std::string& absence();

// Error(device) that names what was asked for, in one line, unless the call succeeded.
void check_cuda(cudaError_t status, const char* what);

// The stream that everything runs on; made, with the device, at the first call.
cudaStream_t stream();

// What a kernel that keeps its data on the chip may count on.
struct Chip {
  int multiprocessors;
  size_t shared_bytes;  // of a block
};
const Chip& chip();

// Device memory for the length of a scope, none for 0 bytes. Error(device) when the device is full.
class Scratch {
 public:
  explicit Scratch(size_t bytes);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  template <class T>
  T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  size_t bytes_;
  void* data_;
};

}  // namespace p2s::cuda
