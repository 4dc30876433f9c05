#include <doctest/doctest.h>

#include <cmath>

#include "kernels/cpu/dnnl_primitives.h"
#include "tests/kernels/compare.h"
#include "tests/op_cases/run_case.h"

// Every case of every operation: value and gradients of a table against the reference, in float.
namespace p2s {
namespace {

// Shares of the largest number of each output. The reference sums in double, the others in float.
constexpr double kTolerance = 2e-5;
// Both sides round operands to bfloat16, but numbers that differ in their last bit before rounding
// (a hidden state, a gradient) may land on neighbouring bfloat16 values, 2^-8 apart.
constexpr double kBf16Tolerance = 1e-2;
// Likewise 2^-11 apart; and tensor cores may cut off what the reference rounds.
constexpr double kTf32Tolerance = 2e-3;

// What a device computes where it is asked for a precision: the CPU has no TF32, and not every
// processor has bfloat16 products.
Precision computed(Device device, Precision precision) {
  if (device != Device::cpu) return precision;
  const bool rounded = precision == Precision::bf16 && cpu::has_bfloat16_products();
  return rounded ? Precision::bf16 : Precision::fp32;
}

double tolerance_of(Precision precision) {
  if (precision == Precision::bf16) return kBf16Tolerance;
  return precision == Precision::tf32 ? kTf32Tolerance : kTolerance;
}

void check_case(const OpCase& op_case, Device device, Precision precision) {
  const Precision as = computed(device, precision);
  const double tolerance = tolerance_of(as);
  const CaseResult truth = run_case(op_case, Device::ref, as);
  const CaseResult result = run_case(op_case, device, precision);
  CHECK(largest_difference(truth.value, result.value) <= tolerance);
  REQUIRE(truth.gradients.size() == result.gradients.size());
  for (size_t k = 0; k < truth.gradients.size(); ++k) {
    INFO("gradient of operand ", k);
    CHECK(largest_difference(truth.gradients[k], result.gradients[k]) <= tolerance);
  }
}

std::vector<OpCase> all_cases() {
  std::vector<OpCase> cases = op_cases(CaseSizes::test);
  for (OpCase& op_case : op_cases(CaseSizes::threads)) cases.push_back(std::move(op_case));
  return cases;
}

void check_table(Device device) {
  for (const OpCase& op_case : all_cases()) {
    SUBCASE(op_case.name.c_str()) {
      check_case(op_case, device, Precision::fp32);
      if (op_case.products) {
        for (const Precision precision : {Precision::tf32, Precision::bf16}) {
          INFO("in ", name(precision));
          check_case(op_case, device, precision);
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("operations on the CPU agree with the reference") { check_table(Device::cpu); }

TEST_CASE("operations on CUDA agree with the reference") {
  if (cuda_to_test()) check_table(Device::cuda);
}

TEST_CASE("the comparison refuses what is wrong") {
  const std::vector<real> truth = {1, -2, 0.5f};
  CHECK(largest_difference(truth, truth) == 0);
  CHECK(largest_difference(truth, {1, -2.001f, 0.5f}) > kTolerance);
  CHECK(largest_difference(truth, {1, -2}) > kTolerance);
  CHECK(largest_difference(truth, {1, -2, NAN}) > kTolerance);
  CHECK(largest_difference({0, 0}, {0, 1e-6f}) > kTolerance);
}

}  // namespace p2s
