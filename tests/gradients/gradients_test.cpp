#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/op_cases/gradient_check.h"
#include "tests/op_cases/run_case.h"

namespace p2s {
namespace {

using Gradients = std::vector<std::vector<real>>;

// The place of the largest number, by magnitude.
size_t largest(const std::vector<real>& numbers) {
  const auto smaller = [](real a, real b) { return std::abs(a) < std::abs(b); };
  return size_t(std::max_element(numbers.begin(), numbers.end(), smaller) - numbers.begin());
}

// Not trained, or flat up to rounding: a rescaled gradient would be no mistake.
bool no_slope(const std::vector<real>& gradient) {
  return gradient.empty() || std::abs(gradient[largest(gradient)]) < 1e-9;
}

Gradients scaled(Gradients gradients, size_t operand) {
  for (real& number : gradients[operand]) number *= real(1.01);
  return gradients;
}

Gradients one_element_off(Gradients gradients, size_t operand) {
  real& number = gradients[operand][largest(gradients[operand])];
  number += real(0.01) * std::abs(number);
  return gradients;
}

}  // namespace

// Every gradient agrees with finite differences, and the same comparison refuses that gradient once
// it is 1% too large, or wrong by 1% in a single element.
TEST_CASE("gradients of every operation") {
  for (const OpCase& op_case : op_cases(CaseSizes::test)) {
    if (op_case.mode == Tape::Mode::inference) continue;
    SUBCASE(op_case.name.c_str()) {
      const Gradients gradients = run_case(op_case, Device::ref).gradients;
      const NumericGradient numeric = numeric_gradient(op_case);
      CHECK(gradient_error(gradients, numeric) <= kGradientTolerance);
      int controls = 0;
      for (size_t k = 0; k < gradients.size(); ++k) {
        if (no_slope(gradients[k])) continue;
        INFO("operand ", k);
        CHECK(gradient_error(scaled(gradients, k), numeric) > kGradientTolerance);
        CHECK(gradient_error(one_element_off(gradients, k), numeric) > kGradientTolerance);
        ++controls;
      }
      CHECK(controls > 0);
    }
  }
}

}  // namespace p2s
