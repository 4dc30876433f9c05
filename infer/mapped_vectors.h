#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "nn/base/files.h"

namespace p2s {

// The vectors that p2s-encode wrote, mapped into memory: a .npy file of float32, or a model file's
// (.h5) "vectors". Millions take no memory of their own.
class MappedVectors {
 public:
  // Error(format) names the file and what it holds instead, or that it is cut.
  explicit MappedVectors(const std::filesystem::path& path);
  int64_t rows() const { return rows_; }
  int64_t columns() const { return columns_; }
  // Rows [begin, end), one after the other.
  std::span<const float> rows(int64_t begin, int64_t end) const {
    return {numbers_ + begin * columns_, size_t((end - begin) * columns_)};
  }

 private:
  MappedFile file_;
  const float* numbers_ = nullptr;
  int64_t rows_ = 0, columns_ = 0;
};

}  // namespace p2s
