#pragma once

#include <vector>

#include "tests/op_cases/op_cases.h"

namespace p2s {

constexpr double kGradientTolerance = 1e-6;

// Slopes of sum(projection * output) of a case on Device::ref by central differences of fourth
// order: of single elements (all of a small operand, a sample of a larger one), and along one
// random direction through all trained operands together. Meant for real = double.
struct NumericGradient {
  struct Element {
    size_t operand, place;
    double slope;
  };
  std::vector<Element> elements;
  std::vector<std::vector<double>> direction;  // of length 1
  double slope_along_direction = 0;
};
NumericGradient numeric_gradient(const OpCase& op_case);

// The largest relative error of `gradients` (as run_case gives them): |a - n| / max(|a|, |n|, a
// thousandth of the largest slope of that operand, 1e-4).
double gradient_error(const std::vector<std::vector<real>>& gradients,
                      const NumericGradient& numeric);

}  // namespace p2s
