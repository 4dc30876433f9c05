#pragma once

#include <cstdint>
#include <vector>

namespace p2s {

// y = x W + b, fitted by least squares with a ridge on W: the minimum of sum |y - x W - b|^2 +
// r |W|^2, from the normal equations of the centred rows (X'X + r I) W = X'Y. r is `ridge` times
// the mean of X'X's diagonal, so that it does not depend on the scale of x or the number of rows.
class RidgeRegression {
 public:
  RidgeRegression(int64_t inputs, int64_t outputs) : inputs_(inputs), outputs_(outputs) {}
  // One row a pair; rows with held_out are only measured on.
  void add(const std::vector<float>& x, const std::vector<float>& y, bool held_out);
  void fit(double ridge);

  // Of the rows held out: the share of y's variance that is explained (R^2; 1 is all, 0 is no
  // better than the mean), and the mean cosine of prediction and y.
  struct Agreement {
    double explained = 0, cosine = 0;
    int64_t rows = 0;
  };
  Agreement held_out() const;
  // xs [N,inputs] -> [N,outputs].
  std::vector<float> predict(const std::vector<float>& xs) const;

 private:
  int64_t inputs_, outputs_;
  std::vector<float> x_, y_, held_out_x_, held_out_y_;
  std::vector<float> weights_, bias_;  // [inputs,outputs], [outputs]
};

}  // namespace p2s
