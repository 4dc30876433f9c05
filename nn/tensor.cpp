#include "nn/tensor.h"

#include <utility>

#include "nn/base/error.h"

namespace p2s {

Storage::Storage(Device device, size_t bytes)
    : kernels_(p2s::kernels(device)), bytes_(bytes), data_(kernels_.allocate(bytes)) {}

Storage::~Storage() { kernels_.release(data_, bytes_); }

Tensor::Tensor(Shape shape, Device device)
    : shape_(shape),
      device_(device),
      storage_(std::make_shared<Storage>(device, size_t(shape.elements()) * sizeof(real))),
      data_(static_cast<real*>(storage_->data())) {}

Tensor::Tensor(Shape shape, Device device, real fill) : Tensor(shape, device) { this->fill(fill); }

Tensor::Tensor(Shape shape, Device device, std::span<const real> values) : Tensor(shape, device) {
  check(int64_t(values.size()) == elements(), ErrorCode::shape, "tensor: {} values for shape {}",
        values.size(), shape);
  kernels().from_host(data_, values.data(), values.size_bytes());
}

Tensor Tensor::clone() const {
  if (!defined()) return {};
  Tensor result(shape_, device_);
  result.copy_from(*this);
  return result;
}

Tensor Tensor::to(Device device) const {
  if (!defined() || device == device_) return *this;
  return Tensor(shape_, device, to_host());
}

Tensor Tensor::reshaped(const Shape& shape) const {
  check(shape.elements() == elements(), ErrorCode::shape, "reshape: {} does not fit into {}",
        shape_, shape);
  Tensor result = *this;
  result.shape_ = shape;
  return result;
}

Tensor Tensor::rows(int64_t begin, int64_t end) const {
  check(shape_.rank() > 0 && 0 <= begin && begin <= end && end <= shape_[0], ErrorCode::shape,
        "rows: [{}, {}) of {}", begin, end, shape_);
  Tensor result = *this;
  result.shape_ = shape_.with(0, end - begin);
  if (shape_[0] > 0) result.data_ += begin * (elements() / shape_[0]);
  return result;
}

void Tensor::fill(real value) const { kernels().fill(elements(), value, data_); }

void Tensor::copy_from(const Tensor& other) const {
  check(other.elements() == elements() && other.device() == device_, ErrorCode::shape,
        "copy: {} on {} into {} on {}", other.shape_, name(other.device_), shape_, name(device_));
  kernels().copy(data_, other.data_, size_t(elements()) * sizeof(real));
}

std::vector<real> Tensor::to_host() const {
  std::vector<real> values(static_cast<size_t>(elements()));
  kernels().to_host(values.data(), data_, values.size() * sizeof(real));
  return values;
}

real Tensor::item() const {
  check(elements() == 1, ErrorCode::shape, "item: {} has more than one number", shape_);
  return to_host()[0];
}

Ids::Ids(Shape shape, Device device)
    : shape_(shape),
      device_(device),
      storage_(std::make_shared<Storage>(device, size_t(shape.elements()) * sizeof(int32_t))),
      data_(static_cast<int32_t*>(storage_->data())) {}

Ids::Ids(Shape shape, Device device, std::span<const int32_t> values) : Ids(shape, device) {
  check(int64_t(values.size()) == elements(), ErrorCode::shape, "ids: {} values for shape {}",
        values.size(), shape);
  kernels(device_).from_host(data_, values.data(), values.size_bytes());
  host_ = std::make_shared<const std::vector<int32_t>>(values.begin(), values.end());
}

std::vector<int32_t> Ids::to_host() const {
  if (host_) return *host_;
  std::vector<int32_t> values(static_cast<size_t>(elements()));
  kernels(device_).to_host(values.data(), data_, values.size() * sizeof(int32_t));
  return values;
}

}  // namespace p2s
