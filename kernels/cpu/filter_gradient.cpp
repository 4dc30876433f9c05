#include <vector>

#include "kernels/cpu/convolve.h"
#include "kernels/cpu/patches.h"
#include "kernels/cpu/sum_products.h"
#include "kernels/cpu/transpose.h"

// dw [K,RSC] = dy' patches
namespace p2s::cpu {
namespace {

// Some places: dy turned [K, places], patches [places, RSC] in panels.
class Work {
 public:
  Work(const Conv2d& c, const real* x, const real* dy, int64_t most)
      : c_(c),
        x_(x),
        dy_(dy),
        row_step_(ceil_divide(most, kLanes) * kLanes + kLanes),
        slopes_(size_t(c.filters * row_step_) * sizeof(real)),
        patches_(most, patch_size(c)) {}

  void begin(int64_t first, int64_t count) { first_ = first, count_ = count; }

  void read(int64_t begin, int64_t end) {
    transpose(end - begin, c_.filters, dy_ + (first_ + begin) * c_.filters, c_.filters,
              slopes_.as<real>() + begin, row_step_);
    const bool as_it_lies = patches_are_pixels(c_);
    std::vector<real> patch(as_it_lies ? 0 : size_t(patch_size(c_)));
    for (int64_t i = begin; i < end; ++i) {
      if (!as_it_lies) copy_patch(c_, x_, first_ + i, patch.data());
      patches_.write_row(i, as_it_lies ? x_ + (first_ + i) * c_.channels : patch.data());
    }
  }

  int64_t jobs() const { return blocks() * patches_.count(); }

  void multiply(int64_t job, bool add, real* sums) const {
    const int64_t block = job / patches_.count(), first = c_.filters * block / blocks();
    real* to = sums + first * patch_size(c_);
    multiply_panel(patches_, job % patches_.count(), c_.filters * (block + 1) / blocks() - first,
                   slopes_.as<real>() + first * row_step_, row_step_, count_,
                   {.added = add ? to : nullptr}, to, patch_size(c_));
  }

 private:
  int64_t blocks() const { return ceil_divide(c_.filters, kRowsTogether); }
  const Conv2d& c_;
  const real *x_, *dy_;
  const int64_t row_step_;
  int64_t first_ = 0, count_ = 0;
  Scratch slopes_;
  Panels patches_;
};

}  // namespace

void filter_gradient(const Conv2d& c, const real* x, const real* dy, real* dw, bool accumulate) {
  const int64_t size = patch_size(c), numbers = c.filters * size;
  const Lots lots = lots_of(c.batch * c.out_height() * c.out_width(), numbers, c.filters + size);
  const Scratch others(size_t((lots.parts - 1) * numbers) * sizeof(real));
  std::vector<real*> sums{dw};
  for (int64_t i = 1; i < lots.parts; ++i) sums.push_back(others.as<real>() + (i - 1) * numbers);
  sum_products(
      lots, [&] { return Work(c, x, dy, lots.most); }, sums, accumulate);
  for (int64_t i = 1; i < lots.parts; ++i) axpy(numbers, 1, sums[size_t(i)], dw);
}

}  // namespace p2s::cpu
