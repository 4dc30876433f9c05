#pragma once

#include <cstddef>

#include "kernels/cpu/cpu.h"

namespace p2s::cpu {

// A block of the allocator for the length of a scope.
class Scratch {
 public:
  explicit Scratch(size_t bytes) : bytes_(bytes), data_(allocate(bytes)) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { release(data_, bytes_); }

  template <class T>
  T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  size_t bytes_;
  void* data_;
};

}  // namespace p2s::cpu
