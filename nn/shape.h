#pragma once

#include <spdlog/fmt/fmt.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace p2s {

// Up to four sizes, outermost first. An empty shape is a scalar (one element).
class Shape {
 public:
  static constexpr int kMaxRank = 4;
  Shape() = default;
  Shape(std::initializer_list<int64_t> sizes) : Shape(std::span(sizes.begin(), sizes.size())) {}
  explicit Shape(std::span<const int64_t> sizes);

  int rank() const { return rank_; }
  // Negative axes count from the end: shape[-1] is the innermost size.
  int64_t operator[](int axis) const;
  int64_t elements() const;
  // All sizes but the innermost, multiplied: the matrix view is [rows(), columns()].
  int64_t rows() const { return rank_ == 0 ? 1 : elements() / columns_or_one(); }
  int64_t columns() const { return rank_ == 0 ? 1 : sizes_[size_t(rank_ - 1)]; }
  // 0 <= axis < rank, after resolving a negative one; Error(shape) names `op`.
  int axis(int axis, const char* op) const;
  Shape with(int axis, int64_t size) const;
  Shape without(int axis) const;
  bool operator==(const Shape& other) const = default;
  // "[64,512]", as messages show it: give them the shape, so that the text is made only when one
  // is read.
  std::string text() const;
  std::vector<int64_t> sizes() const { return {sizes_.begin(), sizes_.begin() + rank_}; }

 private:
  int64_t columns_or_one() const { return columns() == 0 ? 1 : columns(); }
  std::array<int64_t, kMaxRank> sizes_{};
  int rank_ = 0;
};

}  // namespace p2s

template <>
struct fmt::formatter<p2s::Shape> : fmt::formatter<std::string> {
  template <class Context>
  auto format(const p2s::Shape& shape, Context& context) const {
    return fmt::formatter<std::string>::format(shape.text(), context);
  }
};
