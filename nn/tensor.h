#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/device.h"
#include "kernels/kernels.h"
#include "nn/base/real.h"
#include "nn/shape.h"

namespace p2s {

// A block of device memory, released when the last tensor on it goes.
class Storage {
 public:
  Storage(Device device, size_t bytes);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  void* data() const { return data_; }

 private:
  const Kernels& kernels_;
  size_t bytes_;
  void* data_;
};

// Contiguous row-major numbers of type `real` on one device. Copying shares the storage; clone()
// copies the numbers. A default-made tensor is empty: it has no storage and defined() is false.
class Tensor {
 public:
  Tensor() = default;
  // Uninitialised.
  Tensor(Shape shape, Device device);
  Tensor(Shape shape, Device device, real fill);
  // From host numbers; Error(shape) unless values.size() == shape.elements().
  Tensor(Shape shape, Device device, std::span<const real> values);

  bool defined() const { return storage_ != nullptr; }
  const Shape& shape() const { return shape_; }
  int64_t elements() const { return shape_.elements(); }
  Device device() const { return device_; }
  const Kernels& kernels() const { return p2s::kernels(device_); }
  real* data() const { return data_; }

  Tensor clone() const;
  Tensor to(Device device) const;
  // Another shape over the same numbers; Error(shape) unless the counts agree.
  Tensor reshaped(const Shape& shape) const;
  // Rows [begin, end) along the first axis, sharing storage.
  Tensor rows(int64_t begin, int64_t end) const;
  void fill(real value) const;
  void copy_from(const Tensor& other) const;
  std::vector<real> to_host() const;
  // The only number of a one-element tensor.
  real item() const;

 private:
  Shape shape_;
  Device device_ = Device::ref;
  std::shared_ptr<Storage> storage_;
  real* data_ = nullptr;
};

// Integers (word ids, lengths, indices) on one device; shares storage like Tensor. Those made from
// host numbers keep them, and are not written any more: to_host() does not wait for the device.
class Ids {
 public:
  Ids() = default;
  // Uninitialised, for a kernel to write.
  Ids(Shape shape, Device device);
  Ids(Shape shape, Device device, std::span<const int32_t> values);

  bool defined() const { return storage_ != nullptr; }
  const Shape& shape() const { return shape_; }
  int64_t elements() const { return shape_.elements(); }
  Device device() const { return device_; }
  int32_t* data() const { return data_; }
  std::vector<int32_t> to_host() const;

 private:
  Shape shape_;
  Device device_ = Device::ref;
  std::shared_ptr<Storage> storage_;
  std::shared_ptr<const std::vector<int32_t>> host_;
  int32_t* data_ = nullptr;
};

}  // namespace p2s
