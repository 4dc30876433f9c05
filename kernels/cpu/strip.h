#pragma once

#include <vector>

#include "kernels/cpu/scratch.h"
#include "kernels/kernels.h"

namespace p2s::cpu {

// The output rows of a convolution, those of all images counted on, in bands whose input fits the
// second cache.
struct Bands {
  int64_t rows, count;
  int64_t first(int64_t band) const { return rows * band / count; }
};
// A multiple of the threads, unless there are `parts_each` times as many parts as that anyway.
Bands bands_of(const Conv2d& c, int64_t parts_each);

// The input of a band with its padding: where the image lies if there is none, else a copy.
class Strip {
 public:
  explicit Strip(const Conv2d& c);
  // For output rows [begin, end).
  void read(const real* x, int64_t begin, int64_t end);
  // Where the patch of each output pixel begins; its rows are `row_step` numbers apart.
  const std::vector<const real*>& patches() const { return patches_; }
  int64_t row_step() const { return width_ * c_.channels; }

 private:
  // Rows of image n from `top` on, `rows` of them, padded.
  const real* copy_rows(const real* x, int64_t n, int64_t top, int64_t rows, real* to) const;
  const Conv2d c_;
  const bool padded_;
  const int64_t width_;  // with padding
  std::vector<real> copy_;
  std::vector<const real*> patches_;
};

}  // namespace p2s::cpu
