#include "nn/shape.h"

#include <algorithm>

#include "nn/base/error.h"

namespace p2s {

Shape::Shape(std::span<const int64_t> sizes) : rank_(int(sizes.size())) {
  check(rank_ <= kMaxRank, ErrorCode::shape, "shape: {} sizes, at most {} are supported", rank_,
        kMaxRank);
  for (int64_t size : sizes) check(size >= 0, ErrorCode::shape, "shape: negative size {}", size);
  std::copy(sizes.begin(), sizes.end(), sizes_.begin());
}

int64_t Shape::operator[](int axis) const { return sizes_[size_t(this->axis(axis, "shape"))]; }

int64_t Shape::elements() const {
  int64_t count = 1;
  for (int axis = 0; axis < rank_; ++axis) count *= sizes_[size_t(axis)];
  return count;
}

int Shape::axis(int axis, const char* op) const {
  const int resolved = axis < 0 ? axis + rank_ : axis;
  check(resolved >= 0 && resolved < rank_, ErrorCode::shape, "{}: no axis {} in {}", op, axis,
        *this);
  return resolved;
}

Shape Shape::with(int axis, int64_t size) const {
  Shape result = *this;
  result.sizes_[size_t(this->axis(axis, "shape"))] = size;
  return result;
}

Shape Shape::without(int axis) const {
  std::vector<int64_t> kept = sizes();
  kept.erase(kept.begin() + this->axis(axis, "shape"));
  return Shape(kept);
}

std::string Shape::text() const {
  return fmt::format("[{}]", fmt::join(sizes_.begin(), sizes_.begin() + rank_, ","));
}

}  // namespace p2s
